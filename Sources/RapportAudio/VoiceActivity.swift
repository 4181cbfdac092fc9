/// Tells speech from steady noise: the level against its own slowly rising floor, with a hangover of 200 ms.
public struct VoiceActivity: Sendable {
    /// Whether the last block belongs to speech.
    public private(set) var isActive = false
    /// The steady noise's level, dBFS.
    public var noiseFloor: Float { Decibels.fromPower(floor) }

    private var floor: Float = 1e-6
    private var smoothed: Float = 0
    private var hangover = 0
    private var blocks = 0

    public init() {}

    /// Notes one block of 10 ms, full scale 1.
    public mutating func note(_ block: Span<Float>) {
        var sum: Float = 0
        for i in block.indices where block[i].isFinite { sum += block[i] * block[i] }
        let power = min(sum, 1e6) / Float(max(1, block.count))
        blocks += 1
        smoothed += 0.4 * (power - smoothed)
        // Up 2 dB a second (faster in the first half second), down at once.
        let rise: Float = blocks < 50 ? 1.05 : 1.0046
        floor = smoothed < floor ? floor + 0.3 * (smoothed - floor) : min(smoothed, floor * rise)
        floor = max(floor, 1e-10)
        if smoothed > 5 * floor, smoothed > 1e-7 { hangover = 20 } else { hangover = max(0, hangover - 1) }
        isActive = hangover > 0
    }
}
