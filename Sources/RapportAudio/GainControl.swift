/// Brings speech to a common loudness: slow towards the target, only while somebody talks, and never into clipping.
public struct GainControl: Sendable {
    /// Where speech should stand and how far the gain may go, in dB.
    public struct Configuration: Sendable, Hashable {
        /// RMS of active speech, dBFS.
        public var target: Float
        public var maximumGain: Float
        public var minimumGain: Float

        public init(target: Float = -22, maximumGain: Float = 15, minimumGain: Float = -12) {
            self.target = target
            self.maximumGain = max(0, maximumGain)
            self.minimumGain = min(0, minimumGain)
        }
    }

    public let configuration: Configuration
    /// The gain of the last block, dB.
    public var gain: Float { Decibels.fromAmplitude(current) }

    /// Change of the gain while somebody talks: 3 dB a second.
    private static let step: Float = 1.00346
    /// No sample goes above this: -1 dBFS.
    private static let ceiling: Float = 0.89
    private var wanted: Float = 1
    private var current: Float = 1
    private var speechPower: Float = 0
    private var speechBlocks = 0

    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Applies the gain to a block in place; `isSpeech` says whether its level may be learned from.
    public mutating func process(_ block: inout MutableSpan<Float>, isSpeech: Bool) {
        var peak: Float = 0, sum: Float = 0
        for i in 0..<block.count {
            if !block[i].isFinite { block[i] = 0 }
            peak = max(peak, abs(block[i]))
            sum += block[i] * block[i]
        }
        if isSpeech { learn(sum / Float(max(1, block.count))) }
        let next = peak * wanted > GainControl.ceiling ? GainControl.ceiling / peak : wanted
        apply(to: &block, next: next)
        if next < wanted { wanted = max(next, wanted * 0.97) }
    }

    private mutating func learn(_ power: Float) {
        guard power > 1e-8 else { return }
        speechBlocks = min(speechBlocks + 1, 300)
        speechPower += (power - speechPower) / Float(max(20, speechBlocks))
        guard speechBlocks > 20 else { return }
        let lowest = Decibels.toAmplitude(configuration.minimumGain)
        let highest = Decibels.toAmplitude(configuration.maximumGain)
        let goal = Decibels.toAmplitude(configuration.target) / speechPower.squareRoot()
        let bounded = min(highest, max(lowest, goal))
        wanted = bounded > wanted ? min(bounded, wanted * GainControl.step) : max(bounded, wanted / GainControl.step)
    }

    /// Glides up over the block; down within its first millisecond, and a sample over the ceiling is held there.
    private mutating func apply(to block: inout MutableSpan<Float>, next: Float) {
        let glide = next < current ? max(1, block.count / 10) : max(1, block.count)
        let start = current
        for i in 0..<block.count {
            let g = i < glide ? start + (next - start) * Float(i + 1) / Float(glide) : next
            block[i] = min(GainControl.ceiling, max(-GainControl.ceiling, block[i] * g))
        }
        current = next
    }
}
