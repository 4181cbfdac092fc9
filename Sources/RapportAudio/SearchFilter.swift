import Glibc

/// The fast filter over the whole 560 ms: a partitioned-block frequency-domain filter with a Kalman step per bin, which
/// shows where the echo lies and relearns within a few hundred milliseconds after a change.
struct SearchFilter: ~Copyable {
    static let partitions = EchoGeometry.searchPartitions
    /// Tap energies are kept per 5 ms.
    static let cellsPerPartition = 4
    let weights: SpectrumBank
    let error: SampleBuffer
    let cells: SampleBuffer
    private let scratch: SpectrumBank
    private let samples: SampleBuffer
    private let powerSum: SampleBuffer
    private let step: SampleBuffer
    private let errorPower: SampleBuffer
    private let variance: SampleBuffer
    private let tapPower: SampleBuffer
    private let tapSum: SampleBuffer
    private var nextConstraint = 0

    init() {
        weights = SpectrumBank(count: SearchFilter.partitions, stride: EchoGeometry.stride)
        scratch = SpectrumBank(count: 2, stride: EchoGeometry.stride)
        samples = SampleBuffer(count: EchoGeometry.transform)
        error = SampleBuffer(count: EchoGeometry.hop)
        cells = SampleBuffer(count: SearchFilter.partitions * SearchFilter.cellsPerPartition)
        powerSum = SampleBuffer(count: EchoGeometry.stride)
        step = SampleBuffer(count: EchoGeometry.stride)
        errorPower = SampleBuffer(count: EchoGeometry.stride)
        variance = SampleBuffer(count: EchoGeometry.stride)
        tapPower = SampleBuffer(count: EchoGeometry.stride)
        tapSum = SampleBuffer(count: EchoGeometry.stride)
        reset()
    }

    /// Forgets the echo path.
    mutating func reset() {
        weights.storage.clear()
        cells.clear()
        errorPower.clear()
        tapPower.clear()
        for k in 0..<variance.count { variance[k] = 0.05 }
    }

    /// The far end is now delayed by one partition more (+1) or less (-1).
    mutating func shift(by partitions: Int) {
        let count = SearchFilter.partitions
        if partitions > 0 {
            for p in 0..<(count - 1) { weights.copy(p, from: p + 1) }
            weights.clear(count - 1)
        } else {
            for p in (1..<count).reversed() { weights.copy(p, from: p - 1) }
            weights.clear(0)
        }
    }

    /// Filters, leaves the block's error in `error` and, when `adapt`, learns from it.
    mutating func run(
        microphone: UnsafePointer<Float>, _ history: borrowing ReferenceHistory, _ fft: borrowing RealFFT, adapt: Bool
    ) {
        let start = EchoGeometry.blockStart
        fft.filter(weights, history, from: 0, sum: scratch[0], into: samples)
        for i in 0..<EchoGeometry.hop { error[i] = microphone[i] - samples[start + i] }
        if adapt { learn(history, fft) }
    }

    private mutating func learn(_ history: borrowing ReferenceHistory, _ fft: borrowing RealFFT) {
        let stride = EchoGeometry.stride
        fft.forward(error: error, through: samples, into: scratch[1])
        Kernels.power(scratch[1], into: step.base, count: stride)
        Kernels.smooth(step.base, keep: 0.7, into: errorPower.base, count: stride)
        powerSum.clear()
        for p in 0..<SearchFilter.partitions {
            Kernels.add(history.power(2 * p), into: powerSum.base, count: stride)
        }
        findSteps()
        for p in 0..<SearchFilter.partitions {
            Kernels.conjugateMultiplyAccumulate(
                history.spectrum(2 * p), scratch[1], weight: step.base, into: weights[p], count: stride)
        }
        for _ in 0..<SearchFilter.partitions { constrain(fft) }
    }

    /// The Kalman gain of each bin with one variance for all its partitions, so that every delay stays watched.
    private func findSteps() {
        let share = EchoGeometry.blockShare, keep: Float = 0.99
        for k in 0..<errorPower.count {
            let near = max(errorPower[k], 0.3 * step[k])
            let gain = variance[k] / (share * variance[k] * powerSum[k] + near + 1e-6)
            let shrink = 1 - 0.3 * share * gain * powerSum[k] / Float(SearchFilter.partitions)
            variance[k] = keep * shrink * variance[k] + (1 - keep) * max(tapPower[k], 1e-4)
            step[k] = gain
        }
    }

    /// Cuts one partition back to its 320 taps and notes where their energy lies; partitions take turns.
    private mutating func constrain(_ fft: borrowing RealFFT) {
        let p = nextConstraint
        nextConstraint = (p + 1) % SearchFilter.partitions
        fft.constrain(weights[p], through: samples)
        let length = EchoGeometry.partitionTaps / SearchFilter.cellsPerPartition
        for c in 0..<SearchFilter.cellsPerPartition {
            cells[p * SearchFilter.cellsPerPartition + c] = Kernels.energy(samples.base + c * length, count: length)
        }
        noteTapPower(p)
    }

    /// Mean tap power of each bin over the partitions, renewed at the end of each round.
    private func noteTapPower(_ p: Int) {
        if p == 0 { tapSum.clear() }
        let w = weights[p]
        for k in 0..<tapSum.count { tapSum[k] += w.real[k] * w.real[k] + w.imaginary[k] * w.imaginary[k] }
        guard p == SearchFilter.partitions - 1 else { return }
        for k in 0..<tapSum.count { tapPower[k] = tapSum[k] / Float(SearchFilter.partitions) }
    }

    /// Where the echo sets in, in cells of 5 ms, when its peak stands out of the rest by 10 dB.
    func onset() -> Int? {
        var peak: Float = 0, sum: Float = 0
        var place = 0
        for i in 0..<cells.count {
            if cells[i] > peak { (peak, place) = (cells[i], i) }
            sum += min(cells[i], 1e6)
        }
        // The median would be the better floor; the mean without the strongest tenth is cheap and close.
        let floor = quietMean(limit: peak * 0.05)
        guard peak > 1e-7, sum.isFinite, peak > 8 * floor else { return nil }
        // From the peak back to where its flank begins, 15 ms at most.
        var first = place
        while first > max(0, place - 3), cells[first - 1] > 0.1 * peak { first -= 1 }
        return first
    }

    private func quietMean(limit: Float) -> Float {
        var sum: Float = 0
        var count: Float = 0
        for i in 0..<cells.count where cells[i] <= limit {
            sum += cells[i]
            count += 1
        }
        // When nearly every cell is above the limit nothing stands out.
        return count > Float(cells.count) * 0.5 ? sum / count : .greatestFiniteMagnitude
    }
}
