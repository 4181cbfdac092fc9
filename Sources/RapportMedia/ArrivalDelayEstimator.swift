public import RapportBase

/// How much later than the fastest of its neighbours a stream's packets arrive, and what delay covers nearly all.
///
/// The largest relative delay of each observation period goes into a forgetting histogram; its quantile is the delay
/// that a buffer needs. Taking the period's largest value rather than every packet makes the quantile a share of
/// periods without a late packet, which is what a listener notices.
public struct ArrivalDelayEstimator: Sendable {
    /// Shape of an estimator.
    public struct Configuration: Sendable {
        /// How long the fastest packet stays the reference.
        public var window: Duration = .seconds(2)
        /// Time over which the largest delay is taken.
        public var period: Duration = .milliseconds(500)
        /// Resolution of the result.
        public var step: Duration = .milliseconds(5)
        /// Longest delay told apart is `step` times this.
        public var buckets = 200
        /// Weight that the past keeps from one period to the next.
        public var forgetting = 0.983
        /// Share of periods that the estimate covers.
        public var quantile = 0.93

        public init() {}
    }

    private let configuration: Configuration
    private var baseline: TransitBaseline
    private var histogram: DelayHistogram
    private var periodStart: Timestamp?
    private var largest: Duration = .zero
    private var estimate: Duration?

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        baseline = TransitBaseline(window: configuration.window, slices: 20)
        histogram = DelayHistogram(
            buckets: configuration.buckets, step: configuration.step, forgetting: configuration.forgetting)
    }

    /// Delay that covers the configured share of periods; nil until a packet arrived.
    public var delay: Duration? { estimate }

    /// True until the first period is over: the estimate rests on a few packets.
    public var isWarmingUp: Bool { histogram.isEmpty }

    /// When media time `media` (nanoseconds) arrives over the fastest path known; nil until a packet arrived.
    public func fastestArrival(ofMedia media: Int64) -> Timestamp? {
        baseline.minimum.map { Timestamp(nanoseconds: media &+ $0) }
    }

    /// Takes a packet's media time in nanoseconds and its arrival; returns its delay against the fastest.
    @discardableResult
    public mutating func receive(media: Int64, arrival: Timestamp) -> Duration {
        let relative = baseline.add(transit: arrival.nanoseconds &- media, at: arrival)
        largest = max(largest, relative)
        let start = periodStart ?? arrival
        periodStart = start
        if histogram.isEmpty || arrival - start >= configuration.period {
            if arrival - start >= configuration.period { closePeriod(at: arrival) }
            // Before the first period ended the largest delay so far is the best knowledge there is.
            estimate = histogram.quantile(configuration.quantile) ?? roundedUp(largest)
        }
        return relative
    }

    public mutating func reset() { self = ArrivalDelayEstimator(configuration) }

    private mutating func closePeriod(at arrival: Timestamp) {
        histogram.add(largest)
        largest = .zero
        periodStart = arrival
    }

    private func roundedUp(_ delay: Duration) -> Duration {
        let step = configuration.step.wholeNanoseconds
        return .nanoseconds((delay.wholeNanoseconds / step + 1) * step)
    }
}
