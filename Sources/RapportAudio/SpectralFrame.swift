/// Short-time spectra of one signal: keeps the newest frame and transforms it under the analysis window.
struct SpectralFrame: ~Copyable {
    let spectrum: SpectrumBank
    let power: SampleBuffer
    private let frame: SampleBuffer
    private let windowed: SampleBuffer

    /// `length` samples a frame, spectra of `stride` padded bins.
    init(length: Int, stride: Int) {
        spectrum = SpectrumBank(count: 1, stride: stride)
        power = SampleBuffer(count: stride)
        frame = SampleBuffer(count: length)
        windowed = SampleBuffer(count: length)
    }

    func analyse(_ block: UnsafePointer<Float>, _ window: borrowing SynthesisWindow, _ fft: borrowing RealFFT) {
        frame.shiftIn(block, block: window.hop)
        Kernels.multiply(frame.base, window.analysis.base, into: windowed.base, count: window.length)
        fft.forward(windowed.base, into: spectrum[0])
        Kernels.power(spectrum[0], into: power.base, count: power.count)
    }
}
