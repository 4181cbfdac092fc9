/// Turns gained spectra back into a signal, one block behind by the window's overlap.
struct OverlapAdd: ~Copyable {
    private let samples: SampleBuffer
    private let tail: SampleBuffer

    init(_ window: borrowing SynthesisWindow) {
        samples = SampleBuffer(count: window.length)
        tail = SampleBuffer(count: window.overlap)
    }

    /// Writes `window.hop` samples to `output`.
    func synthesise(
        _ spectrum: SpectrumView, _ window: borrowing SynthesisWindow, _ fft: borrowing RealFFT,
        into output: UnsafeMutablePointer<Float>
    ) {
        fft.inverse(spectrum, into: samples.base)
        let newest = samples.base + (window.length - window.span)
        Kernels.multiply(newest, window.synthesis.base, into: newest, count: window.span)
        Kernels.add(tail.base, into: newest, count: window.overlap)
        output.update(from: newest, count: window.hop)
        tail.base.update(from: newest + window.hop, count: window.overlap)
    }
}
