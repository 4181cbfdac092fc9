import RapportBase

/// Decides when to burst above the rate, and how far.
struct ProbeController: Sendable {
    /// What the rest of the estimator is in, for a decision.
    struct Circumstances: Sendable {
        var estimate: Double
        var isApplicationLimited: Bool
        var limitEndedAt: Timestamp?
        /// False while overusing, underusing, lowering for loss or missing feedback.
        var mayProbe: Bool
        /// Estimate follows loss upwards: probe only a little.
        var isRecoveringFromLoss: Bool
    }

    private enum State {
        case idle, waiting(furtherAbove: Double, since: Timestamp), complete
    }

    private static let firstFactors = [3.0, 6.0]
    private static let (furtherShare, furtherFactor) = (0.7, 2.0)
    private static let resultTimeout = 1.0
    private static let limitedInterval = 5.0
    private static let (largeDrop, dropShare, dropWindow, limitEndWindow) = (0.66, 0.85, 5.0, 3.0)
    private static let clusterDuration = Duration.milliseconds(15)
    private static let (clusterPackets, mostPending) = (5, 5)

    private let bounds: RateBounds
    private var state = State.idle
    private var pending: [ProbeRequest] = []
    private var nextID = 0
    private var allocated: Double = 0
    private var lastProbe: Timestamp?
    private var lastEstimate: Double
    private var drop: (from: Double, at: Timestamp)?
    private var lastDropProbe: Timestamp?

    init(_ bounds: RateBounds) {
        self.bounds = bounds
        lastEstimate = bounds.start.real
    }

    /// The first bursts, when the path is there.
    mutating func begin(at now: Timestamp) {
        guard case .idle = state else { return }
        for factor in Self.firstFactors { probe(factor * bounds.start.real, further: true, at: now) }
    }

    mutating func take() -> ProbeRequest? { pending.isEmpty ? nil : pending.removeFirst() }

    var hasPending: Bool { !pending.isEmpty }

    /// Tells what the sources could fill; a rise beyond the estimate is worth a probe while they are the limit.
    mutating func update(allocated rate: Double, _ now: Circumstances, at time: Timestamp) {
        let rose = rate > allocated
        allocated = rate
        guard case .complete = state, rose, now.isApplicationLimited, now.mayProbe, now.estimate < rate else { return }
        probe(min(rate, 2 * now.estimate), further: true, at: time)
        probe(min(2 * rate, 2 * now.estimate), further: true, at: time)
    }

    /// Takes a new estimate: goes on probing when the last probe succeeded, and remembers large drops.
    mutating func update(_ now: Circumstances, at time: Timestamp) {
        if case .waiting(let least, _) = state, now.estimate > least, now.mayProbe {
            probe(Self.furtherFactor * now.estimate, further: true, at: time, circumstances: now)
        }
        if now.estimate < Self.largeDrop * lastEstimate { drop = (lastEstimate, time) }
        lastEstimate = now.estimate
    }

    /// Time passed.
    mutating func handleTimeout(_ now: Circumstances, at time: Timestamp) {
        if case .waiting(_, let since) = state, time.seconds(since: since) > Self.resultTimeout { state = .complete }
        guard case .complete = state, now.mayProbe else { return }
        if now.isApplicationLimited, time.seconds(since: lastProbe ?? time) >= Self.limitedInterval {
            probe(2 * now.estimate, further: true, at: time, circumstances: now)
        }
        probeAfterDrop(now, at: time)
    }

    private mutating func probeAfterDrop(_ now: Circumstances, at time: Timestamp) {
        guard let drop, time.seconds(since: drop.at) < Self.dropWindow else { return }
        let ended = now.limitEndedAt.map { time.seconds(since: $0) < Self.limitEndWindow } ?? false
        guard now.isApplicationLimited || ended else { return }
        if let lastDropProbe, time.seconds(since: lastDropProbe) < Self.dropWindow { return }
        lastDropProbe = time
        self.drop = nil
        probe(Self.dropShare * drop.from, further: false, at: time, circumstances: now)
    }

    private mutating func probe(
        _ rate: Double, further: Bool, at time: Timestamp, circumstances: Circumstances? = nil
    ) {
        var limit = bounds.maximum.real
        if allocated > 0 { limit = min(limit, 2 * allocated) }
        if let circumstances, circumstances.isRecoveringFromLoss { limit = min(limit, 1.5 * circumstances.estimate) }
        let goesFurther = further && rate < limit
        let target = min(rate, limit)
        guard pending.count < Self.mostPending else { return }
        pending.append(
            ProbeRequest(
                id: nextID, rate: Bitrate(real: target), duration: Self.clusterDuration, packets: Self.clusterPackets))
        nextID += 1
        lastProbe = time
        state = goesFurther ? .waiting(furtherAbove: Self.furtherShare * target, since: time) : .complete
    }
}
