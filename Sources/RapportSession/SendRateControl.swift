import RapportBase
import RapportMedia
import RapportRTP

/// The sending side's congestion control: what left, what feedback said of it, and what that allows.
///
/// With transport-wide feedback an estimator decides; a peer that has none (REMB and reports only) gets the loss-based
/// rule of `SimpleRateController`.
struct SendRateControl {
    /// IPv4 and UDP headers, which the path carries and no counter above it sees. RFC 791, RFC 768.
    static let lowerHeaders = 28

    private var history = SentPacketHistory()
    private var estimator: any BandwidthEstimator
    private var reports: SimpleRateController
    private var results: [PacketResult] = []
    private let maximum: Bitrate
    private let control: CongestionControl
    private var demand = Bitrate.zero
    /// What the receiver asks for at most, and what the application does.
    private var receiverLimit: Bitrate?
    private var lineShare: Bitrate?
    private var extra = 0.0
    private var isChanged = false
    private var lastFeedback = Timestamp.zero
    private(set) var feedbackReceived = 0
    /// Bytes that left since the last packet with a number.
    private var unreported = 0
    private var lastNumbered = Timestamp.zero
    /// The peer tells when packets arrived: the estimator has something to judge by.
    var usesFeedback = false
    /// It may tell by stream, as RFC 8888 does: then packets without a transport-wide number count as well.
    var takesStreamReports = false

    init(_ configuration: SessionConfiguration) {
        maximum = configuration.maximumBitrate
        control = configuration.congestionControl
        let bounds = RateBounds(
            minimum: min(configuration.minimumBitrate, .kilobits(30)), start: configuration.startBitrate,
            maximum: maximum * (control == .rapport ? Self.headroom + Self.mostExtra : Self.headroom))
        estimator =
            switch configuration.congestionControl {
            case .rapport: RapportEstimator(bounds, memory: configuration.pathMemory)
            case .google: GoogleCongestionControl(bounds)
            }
        reports = SimpleRateController(
            minimum: configuration.minimumBitrate, start: configuration.startBitrate, maximum: maximum)
        results.reserveCapacity(512)
    }

    // The limit is on what the encoders are told: the estimate has room for headers and bursts, and on a way that loses
    // packets for what is sent again.
    private static let headroom = 1.1
    private static let mostExtra = 0.15

    /// What may be sent now, all streams and their headers together.
    var target: Bitrate { usesFeedback ? estimator.decision.target : reports.target }

    var decision: RateDecision? { usesFeedback ? estimator.decision : nil }

    var counters: SentPacketHistory.Counters { history.counters }

    /// What a next session of the same pair may begin with.
    var pathMemory: PathMemory? { usesFeedback ? (estimator as? RapportEstimator)?.memory : nil }

    /// Of the loss that a report tells, what may be the path's own: where our rate or another's queue is the cause, sending
    /// more packets against it would make more of it.
    func pathLoss(of fractionLost: Double) -> Double {
        guard usesFeedback, let estimator = estimator as? RapportEstimator else { return fractionLost }
        return min(fractionLost, Self.burstiness * estimator.inherentLoss + Self.unknownLoss)
    }

    // A report may tell more than the mean, and a little before the mean is known.
    private static let burstiness = 2.0
    private static let unknownLoss = 0.005

    /// True while more is under way without a word from the peer than the path holds: what can wait, waits.
    var isWindowFull: Bool {
        guard usesFeedback, let window = estimator.decision.window else { return false }
        return history.bytesUnderWay >= window
    }

    /// When the estimator has to be told that time passes: while feedback comes, or nothing is under way that it could
    /// be about, it need not be woken for that.
    var deadline: Timestamp? {
        guard usesFeedback, history.bytesUnderWay > 0, let deadline = estimator.deadline else { return nil }
        return max(deadline, lastFeedback + Self.patience)
    }

    // Longer than from one feedback message to the next.
    private static let patience: Duration = .milliseconds(100)

    // MARK: Out

    /// The number for the next packet; the packet takes it when it is told by `sent`.
    var nextNumber: SequenceNumber { SequenceNumber(UInt16(truncatingIfNeeded: history.nextNumber)) }

    /// Tells of a packet that left under `nextNumber`, by its size above UDP.
    /// - Parameter name: the stream and number by which reports of RFC 8888 would speak of it.
    mutating func sent(
        _ bytes: Int, kind: SentPacket.Kind, probe: Int?, name: PacketName? = nil, at now: Timestamp
    ) {
        let packet = SentPacket(
            number: history.nextNumber, bytes: bytes + Self.lowerHeaders, sentAt: now, kind: kind, probe: probe,
            unreported: takeUnreported(at: now))
        if takesStreamReports, let name {
            history.insert(packet, source: name.source, sequence: name.sequence)
        } else {
            history.insert(packet)
        }
        if usesFeedback { estimator.packetSent(packet) }
    }

    /// Tells of a datagram of data, by its size above UDP. It has no number of its own, and no report speaks of it; it is
    /// told with the next packet that has one, which takes the same way right behind it.
    mutating func sentUnreported(_ bytes: Int) { unreported &+= bytes + Self.lowerHeaders }

    // What left long before that packet has arrived long before it, and says nothing of the present rate.
    private mutating func takeUnreported(at now: Timestamp) -> Int {
        defer { (unreported, lastNumbered) = (0, now) }
        return now - lastNumbered <= Self.staleness ? unreported : 0
    }

    private static let staleness: Duration = .milliseconds(500)

    mutating func takeProbe(at now: Timestamp) -> ProbeRequest? { usesFeedback ? estimator.takeProbe(at: now) : nil }

    mutating func handleTimeout(at now: Timestamp) {
        guard usesFeedback, let deadline = estimator.deadline, deadline <= now else { return }
        estimator.handleTimeout(at: now)
        isChanged = true
    }

    /// True when the rates may have changed since the last time this was asked.
    mutating func takeChange() -> Bool {
        defer { isChanged = false }
        return isChanged
    }

    // MARK: What the peer says

    mutating func receive(_ feedback: TransportFeedback, at now: Timestamp) {
        results.removeAll(keepingCapacity: true)
        history.results(of: feedback, into: &results)
        takeResults(at: now)
    }

    mutating func receive(_ feedback: CongestionControlFeedback, at now: Timestamp) {
        results.removeAll(keepingCapacity: true)
        history.results(of: feedback, into: &results)
        takeResults(at: now)
    }

    private mutating func takeResults(at now: Timestamp) {
        isChanged = true
        feedbackReceived += 1
        lastFeedback = now
        if usesFeedback, !results.isEmpty { estimator.received(results, at: now) }
    }

    mutating func update(roundTrip: Duration, at now: Timestamp) {
        reports.update(roundTrip: roundTrip)
        estimator.update(roundTrip: roundTrip, at: now)
    }

    mutating func update(fractionLost: Double, at now: Timestamp) {
        isChanged = true
        reports.update(fractionLost: fractionLost, at: now)
    }

    mutating func update(receiverLimit: Bitrate, at now: Timestamp) {
        self.receiverLimit = receiverLimit
        tellLimit(min(receiverLimit, lineShare ?? receiverLimit), at: now)
    }

    /// What may leave at most, headers included: the part of a line that this connection has.
    mutating func update(lineShare: Bitrate, at now: Timestamp) {
        self.lineShare = lineShare
        tellLimit(min(lineShare, receiverLimit ?? lineShare), at: now)
        tellDemand(at: now)
    }

    private mutating func tellLimit(_ limit: Bitrate, at now: Timestamp) {
        isChanged = true
        reports.update(receiverLimit: limit)
        estimator.update(receiverLimit: limit, at: now)
    }

    /// What all sources together could fill; more is not looked for.
    mutating func update(demand: Bitrate, at now: Timestamp) {
        isChanged = true
        self.demand = min(demand, maximum)
        tellDemand(at: now)
    }

    /// Share of what is sent that is repair packets and retransmissions.
    mutating func update(extra share: Double, at now: Timestamp) {
        guard control == .rapport, abs(share - extra) > 0.01 else { return }
        extra = share
        tellDemand(at: now)
    }

    private mutating func tellDemand(at now: Timestamp) {
        let demand = min(demand, lineShare ?? demand)
        switch control {
        case .rapport:
            let factor = (Self.headroom + min(extra, Self.mostExtra)) / RapportEstimator.demandRoom
            estimator.update(demand: demand * factor, at: now)
        case .google: estimator.update(demand: demand * Self.headroom, at: now)
        }
    }
}
