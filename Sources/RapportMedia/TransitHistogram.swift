import RapportBase

/// How transit times (arrival minus media time, with an unknown constant) were distributed lately, in steps of 1 ms.
///
/// The first `memory` packets weigh the same; from then on each weighs a little less than the one after it. Buckets are
/// bound to absolute transit times, not to a fastest packet, so nothing moves when the fastest one is forgotten; a clock
/// that drifts only moves the window of buckets.
struct TransitHistogram: Sendable {
    static let step: Int64 = 1_000_000
    private static let size = 2048
    /// Where the lowest occupied bucket is put when the window moves.
    private static let floor = 256

    private let memory: Int
    private var weights = [Double](repeating: 0, count: size)
    /// Transit at the lower edge of bucket 0, in steps.
    private var origin: Int64 = 0
    /// Weight of the next packet, and of all together.
    private var unit = 1.0
    private var total = 0.0
    private var low = 0
    private var high = 0
    private(set) var additions = 0

    /// - Parameter memory: packets after which an old one has lost most of its weight.
    init(memory: Int) {
        precondition(memory > 1, "a histogram remembers more than one packet")
        self.memory = memory
    }

    var isEmpty: Bool { additions == 0 }

    /// The least transit of note, in nanoseconds; nil before the first packet. A clock that drifts leaves buckets
    /// behind that weigh next to nothing.
    var least: Int64? { quantile(0.002).map { $0 - Self.step } }

    mutating func removeAll() {
        for index in weights.indices { weights[index] = 0 }
        (unit, total, low, high, additions) = (1, 0, 0, 0, 0)
    }

    /// Adds a packet. What lies out of all range counts into the nearest bucket.
    mutating func add(_ transit: Int64) {
        let steps = transit >= 0 ? transit / Self.step : (transit - Self.step + 1) / Self.step
        if isEmpty { origin = steps &- Int64(Self.floor) }
        var index = steps &- origin
        if index < 0 || index >= Int64(Self.size) {
            moveWindow(for: index)
            index = steps &- origin
        }
        let bucket = Int(max(0, min(index, Int64(Self.size - 1))))
        (low, high) = isEmpty ? (bucket, bucket) : (min(low, bucket), max(high, bucket))
        additions = min(additions + 1, 1 << 30)
        if additions > memory { unit /= 1 - 1 / Double(memory) }
        weights[bucket] += unit
        total += unit
        if unit > 1.5 { settle() }
    }

    /// Scales the weights back, and lets go of what is left of a single packet: an exponential never ends, and where
    /// one packet in a thousand decides, the clocks have drifted apart before it is small enough.
    private mutating func settle() {
        let scale = 1 / unit
        total = 0
        for index in low...high {
            weights[index] *= scale
            if weights[index] < 0.2 { weights[index] = 0 }
            total += weights[index]
        }
        unit = 1
        narrow()
    }

    private mutating func narrow() {
        while low < high, weights[low] <= 0 { low += 1 }
        while high > low, weights[high] <= 0 { high -= 1 }
    }

    private mutating func moveWindow(for index: Int64) {
        settle()
        // Below: room for it. Above: as far up as what is remembered allows.
        let shift = index < 0 ? max(index - Int64(Self.floor), -Int64(Self.size)) : Int64(max(low - Self.floor, 0))
        guard shift != 0 else { return }
        let moved = Int(max(-Int64(Self.size), min(shift, Int64(Self.size))))
        origin = origin &+ shift
        shiftWeights(by: moved)
    }

    private mutating func shiftWeights(by moved: Int) {
        var shifted = [Double](repeating: 0, count: Self.size)
        for index in low...high {
            let target = index - moved
            shifted[max(0, min(target, Self.size - 1))] += weights[index]
        }
        weights = shifted
        (low, high) = (max(0, min(low - moved, Self.size - 1)), max(0, min(high - moved, Self.size - 1)))
    }

    /// Upper edge, in nanoseconds, of the bucket that holds the quantile.
    func quantile(_ share: Double) -> Int64? {
        guard !isEmpty else { return nil }
        var sum = 0.0
        for index in low...high {
            sum += weights[index]
            if sum >= share * total { return edge(index) }
        }
        return edge(high)
    }

    /// The transit at which delay and `cost` times the share of later packets are least together, but not below the
    /// quantile `share`.
    ///
    /// - Parameters:
    ///   - cost: milliseconds of delay that all packets being late is worth.
    ///   - share: packets that are to be in time in any case, 0...1.
    ///   - start: packets that there are taken to be at least for that share: one stall at the start is not yet a habit.
    func cheapest(cost: Double, atLeast share: Double, start: Int = 0) -> Int64? {
        guard !isEmpty else { return nil }
        let mayBeLate = (1 - share) * max(total, Double(start)) + 1e-9
        var (sum, least, best, quantile) = (0.0, Double.infinity, high, high)
        for index in low...high {
            sum += weights[index]
            let price = Double(index) + cost * max(0, 1 - sum / total)
            if price < least { (least, best) = (price, index) }
            if quantile == high, total - sum <= mayBeLate { quantile = index }
        }
        return edge(max(best, quantile))
    }

    /// Share of packets with at most this transit.
    func share(upTo transit: Int64) -> Double {
        guard !isEmpty else { return 0 }
        let last = transit / Self.step &- origin
        guard last >= Int64(low) else { return 0 }
        return weights[low...Int(min(last, Int64(high)))].reduce(0, +) / total
    }

    private func edge(_ index: Int) -> Int64 { (origin + Int64(index) + 1) &* Self.step }
}
