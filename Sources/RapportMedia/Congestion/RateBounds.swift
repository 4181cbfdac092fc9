public import RapportBase

/// The rates between which an estimator stays, and the one it begins with.
public struct RateBounds: Sendable, Equatable {
    /// Never less than this, whatever is reported.
    public let minimum: Bitrate
    /// Where an estimator begins that knows nothing of the path; within the other two.
    public let start: Bitrate
    /// Never more than this.
    public let maximum: Bitrate

    /// - Parameters: `minimum` above zero and at most `maximum`; `start` is brought between the two.
    public init(
        minimum: Bitrate = .kilobits(30), start: Bitrate = .kilobits(300), maximum: Bitrate = .kilobits(5000)
    ) {
        precondition(minimum > .zero && minimum <= maximum, "the least rate is above zero and at most the largest")
        self.minimum = minimum
        self.start = min(max(start, minimum), maximum)
        self.maximum = maximum
    }

    /// `rate` in bits per second brought within the bounds; the least for not-a-number.
    func clamp(_ rate: Double) -> Double {
        guard rate > Double(minimum.bitsPerSecond) else { return Double(minimum.bitsPerSecond) }
        return min(rate, Double(maximum.bitsPerSecond))
    }
}
