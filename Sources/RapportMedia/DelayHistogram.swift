import RapportBase

/// A forgetting histogram of delays in steps of equal width, for quantiles of what the network did lately.
public struct DelayHistogram: Sendable {
    /// Width of a bucket.
    public let step: Duration
    private var weights: [Double]
    private var additions = 0
    private let forgetting: Double

    /// - Parameters:
    ///   - buckets: number of buckets; what is longer than all of them together goes into the last.
    ///   - step: width of a bucket.
    ///   - forgetting: weight that the past keeps at each addition once the histogram has warmed up, 0..<1.
    public init(buckets: Int, step: Duration, forgetting: Double) {
        precondition(buckets > 0 && step > .zero && (0..<1).contains(forgetting), "a histogram has buckets that forget")
        self.step = step
        self.forgetting = forgetting
        weights = Array(repeating: 0, count: buckets)
    }

    public var isEmpty: Bool { additions == 0 }

    /// Adds one delay. The first additions weigh as much as their number asks, so that the start is not a guess.
    public mutating func add(_ delay: Duration) {
        additions = min(additions + 1, 1 << 20)
        let keep = min(forgetting, 1 - 1 / Double(additions))
        let bucket = Int(max(delay.wholeNanoseconds, 0) / step.wholeNanoseconds)
        for index in weights.indices { weights[index] *= keep }
        weights[min(bucket, weights.count - 1)] += 1 - keep
    }

    /// Upper edge of the bucket that holds the quantile (0...1); nil before the first addition.
    public func quantile(_ share: Double) -> Duration? {
        guard !isEmpty else { return nil }
        var sum = 0.0
        for index in weights.indices {
            sum += weights[index]
            if sum >= share { return step * (index + 1) }
        }
        return step * weights.count
    }

    public mutating func removeAll() {
        additions = 0
        for index in weights.indices { weights[index] = 0 }
    }
}
