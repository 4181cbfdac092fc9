public import RapportBase

/// The rate of a link over time: each step holds until the next one; a rate of zero lets nothing through.
public struct RateSchedule: Sendable, Equatable {
    /// One step.
    public struct Step: Sendable, Equatable {
        public var at: Timestamp
        public var rate: Bitrate

        public init(at: Timestamp, rate: Bitrate) {
            self.at = at
            self.rate = rate
        }
    }

    /// The highest rate taken: with it a byte takes less than a nanosecond, the clock's resolution.
    public static let highestRate = Bitrate(bitsPerSecond: 100_000_000_000)

    public let steps: [Step]

    /// - Throws: `noInitialRate`, `unorderedStep`, `invalidRate`.
    public init(_ steps: [Step]) throws(SimulatorError) {
        guard let first = steps.first, first.at == .zero else { throw .noInitialRate }
        for (index, step) in steps.enumerated() {
            guard step.rate >= .zero, step.rate <= Self.highestRate else { throw .invalidRate(index) }
            if index > 0, step.at <= steps[index - 1].at { throw .unorderedStep(index) }
        }
        self.steps = steps
    }

    /// One rate for ever.
    public init(constant rate: Bitrate) {
        precondition(rate >= .zero && rate <= Self.highestRate, "a rate that a link can have")
        steps = [Step(at: .zero, rate: rate)]
    }

    public func rate(at time: Timestamp) -> Bitrate { steps[index(at: time)].rate }

    public var highest: Bitrate { steps.lazy.map(\.rate).max() ?? .zero }

    /// When the last bit of `bytes` has left if the first one begins at `start`, to the nanosecond; nil for never.
    public func end(ofBytes bytes: Int, from start: Timestamp) -> Timestamp? {
        var index = index(at: start)
        var now = start
        var bits = Double(bytes * 8)
        while true {
            let rate = Double(steps[index].rate.bitsPerSecond)
            guard index + 1 < steps.count else {
                return rate > 0
                    ? Timestamp(nanoseconds: now.nanoseconds + Int64((bits * 1e9 / rate).rounded(.up))) : nil
            }
            let next = steps[index + 1].at
            let carried = rate * Double(next.nanoseconds - now.nanoseconds) / 1e9
            if rate > 0, carried >= bits {
                return Timestamp(nanoseconds: now.nanoseconds + Int64((bits * 1e9 / rate).rounded(.up)))
            }
            bits -= carried
            now = next
            index += 1
        }
    }

    /// Bits that fit between two moments.
    public func bits(from start: Timestamp, to end: Timestamp) -> Double {
        var sum = 0.0
        for (index, step) in steps.enumerated() {
            let from = max(step.at, start)
            let to = index + 1 < steps.count ? min(steps[index + 1].at, end) : end
            if to > from { sum += Double(step.rate.bitsPerSecond) * (to - from).inSeconds }
        }
        return sum
    }

    private func index(at time: Timestamp) -> Int {
        var (low, high) = (0, steps.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if steps[middle].at <= time { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
