/// The spectra of the far end's last 640 ms, one per block, each over the newest 512 samples at its time.
struct ReferenceHistory: ~Copyable {
    private static let depth = 64
    private let spectra: SpectrumBank
    private let powers: SampleBuffer
    private let frame: SampleBuffer
    private var head = 0

    init() {
        spectra = SpectrumBank(count: ReferenceHistory.depth, stride: EchoGeometry.stride)
        powers = SampleBuffer(count: ReferenceHistory.depth * EchoGeometry.stride)
        frame = SampleBuffer(count: EchoGeometry.transform)
    }

    /// Appends a block of `EchoGeometry.hop` samples.
    mutating func append(_ block: UnsafePointer<Float>, _ fft: borrowing RealFFT) {
        head = (head + 1) % ReferenceHistory.depth
        frame.shiftIn(block, block: EchoGeometry.hop)
        let spectrum = spectra[head]
        fft.forward(frame.base, into: spectrum)
        Kernels.power(spectrum, into: power(0), count: EchoGeometry.stride)
    }

    /// Goes back by two blocks, to a far end delayed by one partition; `resampler` gives the frame that stood there.
    mutating func rewind(_ resampler: borrowing ReferenceResampler) {
        head = slot(2)
        resampler.readFrame(into: frame.base)
    }

    @inline(__always)
    private func slot(_ blocksAgo: Int) -> Int {
        (head + ReferenceHistory.depth - blocksAgo) % ReferenceHistory.depth
    }

    @inline(__always)
    func spectrum(_ blocksAgo: Int) -> SpectrumView { spectra[slot(blocksAgo)] }

    @inline(__always)
    func power(_ blocksAgo: Int) -> UnsafeMutablePointer<Float> {
        powers.base + slot(blocksAgo) * EchoGeometry.stride
    }
}
