public import RapportBase

/// When each picture shall be shown: its media time on this side's clock, plus a delay that covers the path's jitter.
///
/// The fastest frames of the last seconds give the base line, a quantile of how much later the others were complete
/// gives the delay, and the delay moves slowly so that motion stays even.
public struct VideoPlayout: Sendable {
    /// Limits of the delay.
    public struct Configuration: Sendable {
        public var minimumDelay: Duration = .zero
        public var maximumDelay: Duration = .seconds(1)
        /// Time to decode and show a picture, added to the jitter.
        public var renderMargin: Duration = .milliseconds(10)
        /// Change of the delay per second of media: up fast enough not to stutter long, down so slowly nobody sees it.
        public var slewUp: Duration = .milliseconds(200)
        public var slewDown: Duration = .milliseconds(50)

        public init() {}
    }

    /// Extra delay for lip synchronisation.
    public var syncDelay: Duration = .zero
    /// The delay in effect, without `syncDelay`.
    public private(set) var delay: Duration
    private let configuration: Configuration
    private var estimator: ArrivalDelayEstimator
    private var unwrapper = RTPTimestampUnwrapper()
    private var lastMedia: Int64?
    private var lastRender: Timestamp?

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        delay = configuration.minimumDelay
        var shape = ArrivalDelayEstimator.Configuration()
        shape.window = .seconds(10)
        shape.period = .seconds(1)
        shape.forgetting = 0.95
        estimator = ArrivalDelayEstimator(shape)
    }

    /// What the jitter of the path asks for now.
    public var targetDelay: Duration {
        let wanted = (estimator.delay ?? .zero) + configuration.renderMargin
        return min(max(wanted, configuration.minimumDelay), configuration.maximumDelay)
    }

    /// Takes a frame that can be decoded, in decode order, and returns when to show it: never before `completed`,
    /// never before the frame ahead of it.
    /// - Parameters:
    ///   - completed: when its last packet arrived.
    ///   - wasRetransmitted: a packet of it had to be sent twice; that delay is not the path's jitter.
    public mutating func receive(
        _ timestamp: RTPTimestamp, completed: Timestamp, wasRetransmitted: Bool
    ) -> Timestamp {
        let media = unwrapper.unwrap(timestamp) &* 100_000 / 9  // 90 kHz ticks to nanoseconds
        if let last = lastMedia, !((-10_000_000_000)...10_000_000_000).contains(media - last) { restart() }
        if !wasRetransmitted || estimator.delay == nil { estimator.receive(media: media, arrival: completed) }
        slew(towards: targetDelay, by: lastMedia.map { media - $0 } ?? .max)
        lastMedia = media
        let base = estimator.fastestArrival(ofMedia: media) ?? completed
        let render = max(base + delay + syncDelay, completed, lastRender ?? .zero)
        // A frame that came far too late must not hold up the ones behind it for longer than the limit.
        let limit = completed + configuration.maximumDelay + syncDelay
        lastRender = min(render, limit)
        return min(render, limit)
    }

    private mutating func slew(towards target: Duration, by step: Int64) {
        guard step != .max else { return delay = target }
        let share = Double(max(step, 0)) / 1e9
        let up = configuration.slewUp * share
        let down = configuration.slewDown * share
        delay = min(max(target, delay - down), delay + up)
    }

    // The sender's media clock jumped: what is known about arrivals no longer applies.
    private mutating func restart() {
        estimator.reset()
        lastMedia = nil
    }
}
