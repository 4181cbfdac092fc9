/// What both filters do with their partitions. `frame` is room for one transform.
extension RealFFT {
    /// Sums partitions times the far end from `blocksAgo` on, and leaves the sum in `frame`, the new block at its end.
    func filter(
        _ weights: borrowing SpectrumBank, _ history: borrowing ReferenceHistory, from blocksAgo: Int,
        sum: SpectrumView, into frame: borrowing SampleBuffer
    ) {
        sum.real.update(repeating: 0, count: EchoGeometry.stride)
        sum.imaginary.update(repeating: 0, count: EchoGeometry.stride)
        for p in 0..<weights.count {
            Kernels.multiplyAccumulate(
                weights[p], history.spectrum(blocksAgo + 2 * p), into: sum, count: EchoGeometry.stride)
        }
        inverse(sum, into: frame.base)
    }

    /// The spectrum of a block's error behind zeros.
    func forward(error: borrowing SampleBuffer, through frame: borrowing SampleBuffer, into spectrum: SpectrumView) {
        frame.base.update(repeating: 0, count: EchoGeometry.blockStart)
        (frame.base + EchoGeometry.blockStart).update(from: error.base, count: EchoGeometry.hop)
        forward(frame.base, into: spectrum)
    }

    /// Cuts a partition back to its 320 taps, which stay in `frame`.
    func constrain(_ partition: SpectrumView, through frame: borrowing SampleBuffer) {
        inverse(partition, into: frame.base)
        let taps = EchoGeometry.partitionTaps
        (frame.base + taps).update(repeating: 0, count: EchoGeometry.transform - taps)
        forward(frame.base, into: partition)
    }
}
