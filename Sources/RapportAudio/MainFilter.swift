/// The precise filter: a partitioned-block frequency-domain Kalman filter with a diagonal state covariance, over a
/// window of 280 ms that the search filter places (Enzner and Vary 2006; Kuech, Mabande and Enzner 2014).
struct MainFilter: ~Copyable {
    static let partitions = EchoGeometry.mainPartitions
    /// What of a tap's variance survives a block: 1 - 2 (1 - A).
    static let persistence: Float = 0.9997
    let weights: SpectrumBank
    let error: SampleBuffer
    let estimate: SampleBuffer
    /// First partition of the window, in partitions of 20 ms; nil while the delay is unknown.
    private(set) var offset: Int?
    private let variance: SampleBuffer
    private let scratch: SpectrumBank
    private let samples: SampleBuffer
    private let denominator: SampleBuffer
    private let errorPower: SampleBuffer
    private let nearPower: SampleBuffer
    private var information: Float = 1

    init() {
        let stride = EchoGeometry.stride
        weights = SpectrumBank(count: MainFilter.partitions, stride: stride)
        variance = SampleBuffer(count: MainFilter.partitions * stride)
        scratch = SpectrumBank(count: 2, stride: stride)
        samples = SampleBuffer(count: EchoGeometry.transform)
        error = SampleBuffer(count: EchoGeometry.hop)
        estimate = SampleBuffer(count: EchoGeometry.hop)
        denominator = SampleBuffer(count: stride)
        errorPower = SampleBuffer(count: stride)
        nearPower = SampleBuffer(count: stride)
    }

    mutating func reset() {
        weights.storage.clear()
        variance.clear()
        nearPower.clear()
        offset = nil
    }

    /// The far end is now delayed by one partition more (+1) or less (-1).
    mutating func shift(by partitions: Int) {
        if let place = offset { offset = place - partitions }
    }

    /// Begins again from zero taps in the same window.
    mutating func forget() {
        weights.storage.clear()
        for k in 0..<variance.count { variance[k] = max(variance[k], 0.01) }
    }

    /// Takes the search filter's taps from partition `offset` on, and trusts them as far as they are large.
    mutating func take(_ search: borrowing SearchFilter, offset: Int) {
        self.offset = offset
        for p in 0..<MainFilter.partitions {
            let source = offset + p
            if source < SearchFilter.partitions {
                weights.copy(p, from: search.weights, source)
            } else {
                weights.clear(p)
            }
        }
        raiseVariance(share: 1)
    }

    /// Places the window anew and keeps what is known: taps that stay in it keep their place in time and their variance; where
    /// it had none the search filter's come in.
    mutating func move(to newOffset: Int, filling search: borrowing SearchFilter) {
        guard let old = offset, newOffset != old else { return }
        let step = newOffset - old, count = MainFilter.partitions, stride = EchoGeometry.stride
        offset = newOffset
        for i in 0..<count {
            let p = step > 0 ? i : count - 1 - i
            let row = variance.base + p * stride
            if p + step >= 0, p + step < count {
                weights.copy(p, from: p + step)
                row.update(from: variance.base + (p + step) * stride, count: stride)
            } else if newOffset + p < SearchFilter.partitions {
                weights.copy(p, from: search.weights, newOffset + p)
                row.update(repeating: meanPower(p), count: stride)
            } else {
                weights.clear(p)
                row.update(repeating: 0, count: stride)
            }
        }
    }

    /// Whether hardly anything of the echo lies in the window's first partitions: under 1 % of the taps' power.
    func canLeave(_ first: Int) -> Bool {
        var sum: Float = 0, left: Float = 0
        for p in 0..<MainFilter.partitions {
            let power = meanPower(p)
            sum += power
            if p < first { left += power }
        }
        return left < 0.01 * sum
    }

    /// Opens the filter to change: each partition's variance becomes `share` of its mean tap power, smoothed in time.
    mutating func raiseVariance(share: Float) {
        let stride = EchoGeometry.stride
        var loudest: Float = 0
        for p in 0..<MainFilter.partitions { loudest = max(loudest, meanPower(p)) }
        var floor: Float = loudest * 0.02
        for p in (0..<MainFilter.partitions).reversed() {
            floor = max(floor * 1.3, loudest * 1e-4)
            let level = share * max(meanPower(p), min(floor, loudest))
            let row = variance.base + p * stride
            for k in 0..<stride { row[k] = max(row[k], level) }
        }
    }

    private func meanPower(_ p: Int) -> Float {
        let view = weights[p]
        let sum = Kernels.energy(view.real, count: 264) + Kernels.energy(view.imaginary, count: 264)
        return sum / Float(EchoGeometry.bins)
    }

    /// Filters, leaves the block's echo estimate and error, and learns from it when `adapt`; `shrink` is
    /// how much a block tells about the taps (160 new samples do not inform every bin of 512 fully).
    mutating func run(
        microphone: UnsafePointer<Float>, _ history: borrowing ReferenceHistory, _ fft: borrowing RealFFT, adapt: Bool,
        shrink: Float
    ) {
        guard let offset else {
            error.base.update(from: microphone, count: EchoGeometry.hop)
            estimate.clear()
            return
        }
        fft.filter(weights, history, from: 2 * offset, sum: scratch[0], into: samples)
        for i in 0..<EchoGeometry.hop {
            let y = samples[EchoGeometry.blockStart + i]
            estimate[i] = y
            error[i] = microphone[i] - y
        }
        if adapt {
            information = shrink
            learn(history, fft, offset: offset)
        }
    }

    private mutating func learn(_ history: borrowing ReferenceHistory, _ fft: borrowing RealFFT, offset: Int) {
        let stride = EchoGeometry.stride
        fft.forward(error: error, through: samples, into: scratch[1])
        Kernels.power(scratch[1], into: errorPower.base, count: stride)
        Kernels.smooth(errorPower.base, keep: 0.85, into: nearPower.base, count: stride)
        denominator.clear()
        for p in 0..<MainFilter.partitions {
            Kernels.multiplyAdd(
                variance.base + p * stride, history.power(2 * (offset + p)), into: denominator.base, count: stride)
        }
        for k in 0..<stride {
            let near = max(nearPower[k], 0.5 * errorPower[k])
            denominator[k] = 1 / (EchoGeometry.blockShare * denominator[k] + near + 1e-9)
        }
        for p in 0..<MainFilter.partitions { update(p, history, offset: offset) }
        for p in 0..<MainFilter.partitions { fft.constrain(weights[p], through: samples) }
    }

    /// The Kalman step of one partition: gain, taps, variance.
    private func update(_ p: Int, _ history: borrowing ReferenceHistory, offset: Int) {
        let x = history.spectrum(2 * (offset + p)), power = history.power(2 * (offset + p))
        let w = weights[p], e = scratch[1]
        let v = variance.base + p * EchoGeometry.stride
        let keep = MainFilter.persistence, forget = 1 - MainFilter.persistence
        var k = 0
        while k < EchoGeometry.stride {
            let vk = Kernels.load(v, k)
            let gain = vk * Kernels.load(denominator.base, k)
            let xr = Kernels.load(x.real, k), xi = Kernels.load(x.imaginary, k)
            let er = Kernels.load(e.real, k), ei = Kernels.load(e.imaginary, k)
            let wr = Kernels.load(w.real, k) + gain * (xr * er + xi * ei)
            let wi = Kernels.load(w.imaginary, k) + gain * (xr * ei - xi * er)
            Kernels.store(wr, w.real, k)
            Kernels.store(wi, w.imaginary, k)
            let shrink = 1 - information * EchoGeometry.blockShare * gain * Kernels.load(power, k)
            Kernels.store(keep * shrink * vk + forget * (wr * wr + wi * wi), v, k)
            k += 8
        }
    }
}
