/// Peak and RMS level of a signal in dBFS, and two faults it can show: clipping and a dead microphone.
public struct LevelMeter: Sendable {
    /// Highest sample of the last 300 ms or so, falling 20 dB a second; dBFS, -120 for silence.
    public var peak: Float { Decibels.fromAmplitude(heldPeak) }
    /// Root mean square over about 300 ms; dBFS, -120 for silence.
    public var rms: Float { Decibels.fromPower(meanPower) }
    /// True while more than about a hundredth of the last second's blocks touched full scale.
    public var isClipping: Bool { clippedShare > 0.01 }
    /// True when the signal has not moved for two seconds: unplugged, muted in hardware, or without permission.
    public var isDead: Bool { stillBlocks >= 200 }
    /// Samples at full scale since the start.
    public private(set) var clippedSamples = 0

    private var heldPeak: Float = 0
    private var meanPower: Float = 0
    private var clippedShare: Float = 0
    private var stillBlocks = 0

    public init() {}

    /// Notes one block of 10 ms, full scale 1.
    public mutating func note(_ block: Span<Float>) {
        guard block.count > 0 else { return }
        var highest: Float = 0, sum: Float = 0
        var lowestValue = Float.greatestFiniteMagnitude, highestValue = -Float.greatestFiniteMagnitude
        var clipped = 0
        for i in block.indices {
            let x = block[i].isFinite ? block[i] : 0
            highest = max(highest, abs(x))
            lowestValue = min(lowestValue, x)
            highestValue = max(highestValue, x)
            sum += x * x
            if abs(x) >= 0.999 { clipped += 1 }
        }
        // 20 dB a second are a factor of 0.977 a block.
        heldPeak = max(highest, heldPeak * 0.977)
        meanPower += 0.033 * (min(sum, 1e6) / Float(block.count) - meanPower)
        clippedSamples += clipped
        clippedShare += 0.01 * ((clipped > 0 ? 1 : 0) - clippedShare)
        // A live microphone's own noise moves by more than half a step of 16 bits.
        stillBlocks = highestValue - lowestValue < 1.6e-5 ? min(stillBlocks + 1, 1_000_000) : 0
    }
}
