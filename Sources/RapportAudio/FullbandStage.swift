/// The part above 7.5 kHz at 48 kHz: the gained 16 kHz spectrum below, the microphone's own bins above, whose gains
/// follow the suppressor's highest octave and the noise floor.
struct FullbandStage: ~Copyable {
    private static let bins = 3 * EchoGeometry.transform / 2 + 1
    private static let stride = 776
    /// First bin of the upper part: 7.5 kHz.
    private static let split = 240
    private let window: SynthesisWindow
    private let fft: RealFFT
    private let frame: SpectralFrame
    private let spectrum: SpectrumBank
    private var floor: NoiseFloor
    private let overlap: OverlapAdd
    private let delayed: SampleBuffer
    private var comfort = SeededNoise(seed: 0xfeed)

    init() {
        window = SynthesisWindow(scale: 3)
        fft = RealFFT(size: 3 * EchoGeometry.transform)
        frame = SpectralFrame(length: 3 * EchoGeometry.transform, stride: FullbandStage.stride)
        spectrum = SpectrumBank(count: 1, stride: FullbandStage.stride)
        floor = NoiseFloor(stride: FullbandStage.stride)
        overlap = OverlapAdd(window)
        delayed = SampleBuffer(count: Decimator.delay + 3 * EchoGeometry.hop)
    }

    /// `block` holds 480 microphone samples and receives the output.
    mutating func run(_ block: UnsafeMutablePointer<Float>, _ core: borrowing EnhancementCore) {
        delayed.shiftIn(block, block: window.hop)
        frame.analyse(delayed.base, window, fft)
        floor.update(frame.power.base)
        let low = core.output[0], out = spectrum[0], high = frame.spectrum[0]
        for k in 0..<FullbandStage.split {
            out.real[k] = 3 * low.real[k]
            out.imaginary[k] = 3 * low.imaginary[k]
        }
        let gate = upperGain(core.suppressor.gains)
        for k in FullbandStage.split..<FullbandStage.bins {
            let gain = gate * noiseGain(k)
            let level = EnhancementCore.comfortLevel * floor.power[k].squareRoot()
            out.real[k] = gain * high.real[k] + level * comfort.next()
            out.imaginary[k] = gain * high.imaginary[k] + level * comfort.next()
        }
        out.imaginary[FullbandStage.bins - 1] = 0
        overlap.synthesise(out, window, fft, into: block)
    }

    /// The power-weighted gain would follow single bins; the mean of the top octave moves with the speech.
    private func upperGain(_ gains: borrowing SampleBuffer) -> Float {
        var sum: Float = 0
        for k in 144..<FullbandStage.split { sum += gains[k] }
        return sum / Float(FullbandStage.split - 144)
    }

    private func noiseGain(_ k: Int) -> Float {
        let share = 2 * floor.power[k] / (frame.power[k] + 1e-12)
        return max(0.1, 1 - share)
    }
}
