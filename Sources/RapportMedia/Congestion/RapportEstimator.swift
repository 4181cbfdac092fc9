public import RapportBase

/// Finds what a path carries by the queue that its own packets build, and keeps that queue short.
///
/// Grows until a standing queue shows, takes the rate at which packets then come out for the capacity, drains at once
/// below it for as long as the queue needs and goes on just under it. Growth speeds up while no queue shows, with
/// bursts to find new capacity at once. Loss lowers the rate only if lowering the rate lowers the loss. A queue that
/// our drains do not empty belongs to somebody else: then it competes like TCP. docs/design/bandwidth.md tells why.
public struct RapportEstimator: BandwidthEstimator {
    enum Phase: Sendable {
        /// No limit seen yet: probes double the rate.
        case start
        case grow
        /// Below capacity until the queue is gone.
        case drain(until: Double)
        /// At a little under capacity until the drain's effect is reported.
        case settle(until: Double)
        /// Against a flow that fills the queue whatever we do.
        case compete
    }

    public let bounds: RateBounds
    public internal(set) var counters = Counters()
    var phase = Phase.start
    /// Bits per second to go back to; what is decided may be less for a while.
    var rate: Double
    /// What is decided now, before the receiver's limit.
    var current: Double
    /// Where a queue showed last; nil when the path has shown none.
    var capacity: Double?
    var growth = Tuning.leastGrowth
    /// What a probe that came out slower than it went in came out at, and when: the path carries about that much.
    var probed: (rate: Double, at: Double)?
    var history = ArrivalHistory()
    var base = BaseDelay()
    var ledger = LossLedger()
    var sentTotals = SentTotals()
    var loss = LossJudge()
    var competition = Competition()
    var probe: ProbeOutcome?
    var wantedProbe: ProbeRequest?
    var nextProbe = 0
    var lastProbe = -Double.infinity
    var jitter = 0.0
    /// The longest queue of a feedback, smoothed.
    var peak = 0.02
    /// The least mean queue of late, and how far the mean is above it.
    var meanFloor = BaseDelay()
    var swell = 0.0
    /// The least delay and its spread while no queue can be ours, seconds.
    var noise = 0.0
    var noiseSpread = 0.0
    /// Looks at the queue so far, and the last of them.
    var feedbacks = 0
    var lastLook = -Double.infinity
    /// Size of the packet that showed the least delay, and the rate at which packets sent together come out.
    var baseBytes = 0.0
    var linkRate: Double?
    var queue = 0.0
    var feedbackInterval = 0.05
    /// From sending the newest packet of a feedback to that feedback, seconds.
    var loopDelay = 0.1
    var longestLoop = 0.1
    var reportedRoundTrip: Double?
    var demand = Double.infinity
    var receiverLimit: Double?
    var firstSent: Double?
    var lastSent = -Double.infinity
    var lastFeedback: Double?
    var lastGrowth: Double?
    var lastOveruse = -Double.infinity
    var queueSince: Double?
    /// When the series of drains began whose capacity may still be refined.
    var drainSeries = -Double.infinity
    /// The end of the last drain.
    var quietSince = -Double.infinity
    /// Bits that may leave although reports that were due have not come: one that is lost must not stop a picture.
    var overdue = 0.0
    var silence: (rate: Double, lastDrop: Double, since: Double)?
    var newestNumber: Int64 = -1
    var lastTransit: Double?
    /// A packet of the newest feedback bore a congestion mark.
    var isMarked = false
    var marks = MarkResponse()
    /// While competing: since when no queue stands, and when the rate was last cut.
    var emptySince: Double?
    var lastLoss = -Double.infinity
    /// When it last competed, and the rate then.
    var lastCompetition = -Double.infinity
    var competingRate = 0.0

    /// - Parameter memory: what an earlier session of the same pair found, nil for none or too long ago.
    public init(_ bounds: RateBounds = RateBounds(), memory: PathMemory? = nil) {
        self.bounds = bounds
        rate = bounds.start.real
        if let memory {
            rate = bounds.clamp(max(rate, Tuning.rememberedShare * memory.rate.real))
            loss.inherent = min(max(memory.inherentLoss, 0), 0.5)
        }
        current = rate
        let first = memory.map { max($0.rate.real, rate) } ?? Tuning.firstProbe * rate
        wantedProbe = makeProbe(first)
    }

    /// It grows up to this over the demand that it is told.
    public static var demandRoom: Double { Tuning.demandRoom }

    /// The share of packets that the path loses whatever is sent, 0...0.5.
    public var inherentLoss: Double { loss.inherent }

    /// What a next session of the same pair should begin with; nil when nothing was learnt.
    public var memory: PathMemory? {
        guard lastFeedback != nil, !history.isEmpty else { return nil }
        return PathMemory(
            rate: Bitrate(real: bounds.clamp(silence?.rate ?? rate)),
            roundTrip: .milliseconds(Int64(min(max(reportedRoundTrip ?? loopDelay - queue, 0), 60) * 1000)),
            inherentLoss: loss.inherent)
    }

    public var decision: RateDecision {
        let limit = receiverLimit ?? .infinity
        let target = bounds.clamp(min(current, limit))
        // A little above the largest rate, too: there a large picture would keep all those behind it waiting until smaller
        // ones had made up for it. Not more, or what leaves before a fall is known is a queue.
        let pacing = min(target * pacingFactor, max(target, growthLimit * Tuning.pacingAtMost))
        let time = min(longestLoop + foreignQueue + feedbackInterval + Tuning.windowSlack, 5)
        // Without feedback a window would stay full: the lowered rate has to do.
        let window = silence == nil ? Int((target * time + overdue) / 8) + Tuning.leastWindow : nil
        return RateDecision(target: Bitrate(real: target), pacing: Bitrate(real: pacing), window: window)
    }

    // While another flow fills the queue, what we send waits in it, and is under way for that long.
    private var foreignQueue: Double {
        if case .compete = phase { return max(loopDelay - longestLoop, 0) }
        return 0
    }

    private var pacingFactor: Double {
        switch phase {
        // What waits in the pacer must not become a queue on the path.
        case .drain, .settle: 1
        case .start, .grow, .compete: Tuning.pacingFactor
        }
    }

    public private(set) var deadline: Timestamp?

    public mutating func packetSent(_ packet: SentPacket) {
        guard packet.isPlausible(at: packet.sentAt) else { return }
        let time = Self.seconds(packet.sentAt)
        if firstSent == nil {
            firstSent = time
            deadline = packet.sentAt + Tuning.interval
        }
        // After a pause nothing has been missed, unless what went before it stayed without an answer.
        if time - lastSent > Tuning.pause, let heard = lastFeedback, lastSent - heard <= Tuning.unanswered {
            lastFeedback = time
        }
        lastSent = max(lastSent, time)
        sentTotals.append(number: packet.number, bytes: packet.bytesOfPath)
        if let id = packet.probe, id == probe?.request.id { probe?.sent(packet) }
    }

    public mutating func update(roundTrip: Duration, at now: Timestamp) {
        let seconds = roundTrip.inSeconds
        if seconds >= 0, seconds < 60 { reportedRoundTrip = seconds }
    }

    public mutating func update(receiverLimit: Bitrate?, at now: Timestamp) {
        self.receiverLimit = receiverLimit.map { max($0.real, 0) }
    }

    public mutating func update(demand: Bitrate, at now: Timestamp) { self.demand = max(demand.real, 0) }

    public mutating func takeProbe(at now: Timestamp) -> ProbeRequest? {
        guard let request = wantedProbe else { return nil }
        wantedProbe = nil
        let limited = min(request.rate.real, probeLimit)
        guard limited > rate * Tuning.worthProbing || nextProbe <= 1 else { return nil }
        let final = ProbeRequest(
            id: request.id, rate: Bitrate(real: limited), duration: request.duration, packets: request.packets)
        let time = Self.seconds(now)
        probe = ProbeOutcome(final, at: time)
        lastProbe = time
        counters.probes += 1
        return final
    }

    public mutating func handleTimeout(at now: Timestamp) {
        guard let deadline, now >= deadline else { return }
        self.deadline = now + Tuning.interval
        let time = Self.seconds(now)
        watchSilence(at: time)
        allowOverdue(at: time)
        advance(at: time)
    }

    public mutating func received(_ results: [PacketResult], at now: Timestamp) {
        guard !results.isEmpty else { return }
        let time = Self.seconds(now)
        let arrived = ingest(results, at: time)
        endSilence(at: time)
        if let last = lastFeedback, time > last {
            feedbackInterval += (min(time - last, 0.5) - feedbackInterval) / 8
        }
        lastFeedback = time
        overdue = 0
        judgeLoss(at: time)
        if arrived { judgeDelay(at: time) }
        judgeProbe(at: time)
        advance(at: time)
    }

    static func seconds(_ time: Timestamp) -> Double { Double(time.nanoseconds) / 1e9 }
}
