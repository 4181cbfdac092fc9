/// Noise suppression where there is no echo to cancel (headphones): a Wiener gain per bin over the tracked floor.
///
/// The output is 8 ms late. The echo canceller suppresses noise itself, in one decision with the echo; never use both.
public struct NoiseSuppressor: ~Copyable {
    public let sampleRate: SampleRate
    private let window: SynthesisWindow
    private let fft: RealFFT
    private let frame: SpectralFrame
    private let overlap: OverlapAdd
    private let samples: SampleBuffer
    private let gains: SampleBuffer
    private let previous: SampleBuffer
    private var floor: NoiseFloor
    private let lowest: Float
    private let bins: Int

    /// `depth` is how far steady noise is lowered, dB.
    public init(sampleRate: SampleRate, depth: Float = 18) {
        self.sampleRate = sampleRate
        window = SynthesisWindow(scale: sampleRate.scale)
        bins = window.length / 2 + 1
        let stride = (bins + 7) / 8 * 8
        fft = RealFFT(size: window.length)
        frame = SpectralFrame(length: window.length, stride: stride)
        overlap = OverlapAdd(window)
        samples = SampleBuffer(count: sampleRate.blockLength)
        gains = SampleBuffer(count: stride)
        previous = SampleBuffer(count: stride)
        floor = NoiseFloor(stride: stride)
        lowest = Decibels.toAmplitude(-max(0, depth))
    }

    /// Replaces one block of 10 ms, full scale 1.
    public mutating func process(_ block: inout MutableSpan<Float>) {
        precondition(block.count == sampleRate.blockLength, "one block of 10 ms")
        for i in 0..<block.count { samples[i] = block[i].isFinite ? min(1, max(-1, block[i])) : 0 }
        frame.analyse(samples.base, window, fft)
        floor.update(frame.power.base)
        let spectrum = frame.spectrum[0]
        for k in 0..<bins {
            let gain = wiener(k)
            spectrum.real[k] *= gain
            spectrum.imaginary[k] *= gain
        }
        overlap.synthesise(spectrum, window, fft, into: samples.base)
        for i in 0..<block.count { block[i] = min(1, max(-1, samples[i])) }
    }

    /// The decision-directed Wiener gain (Ephraim and Malah 1984).
    private func wiener(_ k: Int) -> Float {
        let posterior = min(frame.power[k] / (1.8 * floor.power[k] + 1e-12), 1e4)
        let prior = 0.92 * previous[k] + 0.08 * max(posterior - 1, 0)
        let gain = prior / (1 + prior)
        previous[k] = gain * gain * posterior
        return max(gain, lowest)
    }
}
