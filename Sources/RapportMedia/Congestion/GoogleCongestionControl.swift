public import RapportBase

/// The algorithm of libwebrtc as it is in 2026, as a baseline: trend of delay, AIMD, loss model, probes.
///
/// Built from a description of its parts and constants; what it does differently is in docs/design/bandwidth.md.
public struct GoogleCongestionControl: BandwidthEstimator {
    private static let interval = Duration.milliseconds(25)
    private static let paceFactor = 1.1
    private static let silence = 2.0
    private static let (lossGrowth, lowLoss, highLoss, startPhase) = (1.08, 0.02, 0.1, 2.0)

    public let bounds: RateBounds
    private var groups = InterArrivalGroups()
    private var trendline = TrendlineEstimator()
    private var aimd: AIMDRateControl
    private var throughput = RobustThroughputEstimator()
    private var loss: LossBasedEstimator
    private var applicationLimit: ApplicationLimitDetector
    private var probes: ProbeController
    private var probeResults = ProbeBitrateEstimator()
    private var timeout = FeedbackTimeout()
    private var target: Double
    private var receiverLimit: Double?
    private var firstSent: Timestamp?
    private var lastSent: Timestamp?
    private var lastHeard: Timestamp?
    private var sawLoss = false
    private var lossDecrease: Timestamp?
    private var lastGrowth: Timestamp?
    private var roundTrip = 0.2
    private var pushback = CongestionWindowPushback()
    private var scratch: [PacketResult] = []

    public init(_ bounds: RateBounds = RateBounds()) {
        self.bounds = bounds
        aimd = AIMDRateControl(bounds)
        loss = LossBasedEstimator(bounds)
        applicationLimit = ApplicationLimitDetector(rate: bounds.start.real)
        probes = ProbeController(bounds)
        target = bounds.start.real
    }

    public private(set) var deadline: Timestamp?

    public var decision: RateDecision {
        let rate = min(target, receiverLimit ?? .infinity)
        let allowed = Bitrate(real: bounds.clamp(rate))
        // libwebrtc drops frames by this share instead of lowering the encoder's rate; what is sent is the same.
        let left = Bitrate(real: bounds.clamp(pushback.limit(allowed.real)))
        return RateDecision(target: left, pacing: allowed * Self.paceFactor)
    }

    public mutating func takeProbe(at now: Timestamp) -> ProbeRequest? {
        guard let request = probes.take() else { return nil }
        probeResults.expect(request)
        return request
    }

    public mutating func packetSent(_ packet: SentPacket) {
        guard packet.isPlausible(at: packet.sentAt) else { return }
        if firstSent == nil {
            firstSent = packet.sentAt
            probes.begin(at: packet.sentAt)
            deadline = packet.sentAt + Self.interval
        }
        lastSent = packet.sentAt
        pushback.sent(packet)
        applicationLimit.sent(bytes: packet.bytesOfPath, at: packet.sentAt)
    }

    public mutating func update(roundTrip: Duration, at now: Timestamp) {
        let seconds = roundTrip.inSeconds
        guard seconds >= 0, seconds < 60 else { return }
        self.roundTrip = seconds
        aimd.update(roundTrip: seconds)
    }

    public mutating func update(receiverLimit: Bitrate?, at now: Timestamp) { self.receiverLimit = receiverLimit?.real }

    public mutating func update(demand: Bitrate, at now: Timestamp) {
        probes.update(allocated: max(demand.real, 0), circumstances, at: now)
    }

    public mutating func handleTimeout(at now: Timestamp) {
        if let deadline, now >= deadline { self.deadline = now + Self.interval }
        if let factor = timeout.takeFactor(at: now, sending: isSending(at: now)) {
            aimd.set(aimd.estimate * factor, at: now)
            loss.set(loss.estimate * factor)
            setTarget(target * factor, at: now)
        }
        probes.handleTimeout(circumstances, at: now)
    }

    public mutating func received(_ all: [PacketResult], at now: Timestamp) {
        let results = all.filter { $0.packet.isPlausible(at: now) }
        guard let newest = results.last else { return }
        updateRoundTrip(results, at: now)
        let wasLimited = applicationLimit.limitedSince != nil
        scratch.removeAll(keepingCapacity: true)
        for result in results where result.arrival != nil { scratch.append(result) }
        scratch.sort { ($0.arrival ?? .zero) < ($1.arrival ?? .zero) }
        var probed: Double?
        var usage = trendline.usage
        for result in scratch {
            guard let arrival = result.arrival else { continue }
            throughput.add(result.packet, arrival: arrival)
            usage = measureDelay(result.packet, arrival, at: now)
            guard let probe = result.packet.probe else { continue }
            probed = probeResults.add(result.packet, probe: probe, arrival: arrival, at: now) ?? probed
        }
        if newest.arrival == nil || scratch.count < results.count { sawLoss = true }
        updateDelayBased(usage, probed: probed, at: now)
        updateLossBased(results, isLimited: wasLimited, at: now)
        probes.update(circumstances, at: now)
    }

    private mutating func updateRoundTrip(_ results: [PacketResult], at now: Timestamp) {
        let arrived = results.lazy.filter { $0.arrival != nil }
        guard let newest = arrived.max(by: { $0.packet.number < $1.packet.number }),
            let oldest = arrived.min(by: { $0.packet.number < $1.packet.number })
        else { return }
        pushback.reported(
            newest.packet.number, roundTrip: max(now.seconds(since: oldest.packet.sentAt), 0), target: target)
        let reply = now.seconds(since: newest.packet.sentAt)
        if reply >= 0, reply < 60 {
            roundTrip = reply
            aimd.update(roundTrip: reply)
            timeout.feedback(propagation: reply, at: now)
        }
        if let lastHeard, now.seconds(since: lastHeard) > Self.silence {
            groups.reset()
            trendline = TrendlineEstimator()
        }
        lastHeard = now
    }

    private mutating func measureDelay(_ packet: SentPacket, _ arrival: Timestamp, at now: Timestamp)
        -> GoogleDelayUsage
    {
        if let deltas = groups.add(send: packet.sentAt, arrival: arrival, at: now) {
            trendline.update(deltas, arrival: arrival)
        }
        return trendline.usage
    }

    private mutating func updateDelayBased(_ usage: GoogleDelayUsage, probed: Double?, at now: Timestamp) {
        let acknowledged = throughput.rate
        if usage == .overuse {
            guard aimd.mayDecrease(acknowledged: acknowledged, at: now) else { return }
            if acknowledged == nil {
                aimd.halve(at: now)
            } else {
                aimd.update(usage, acknowledged: acknowledged, at: now)
            }
        } else if let probed {
            // A bad probe must not crash the rate.
            aimd.set(max(probed, min(aimd.estimate, 0.85 * (acknowledged ?? 0))), at: now)
        } else {
            aimd.update(usage, acknowledged: acknowledged, at: now)
        }
    }

    private mutating func updateLossBased(_ results: [PacketResult], isLimited: Bool, at now: Timestamp) {
        let wasReady = loss.isReady
        if !wasReady { loss.set(target) }
        let acknowledged = isLimited ? nil : throughput.rate
        loss.update(results, delayBased: aimd.estimate, acknowledged: acknowledged, at: now)
        if loss.isReady {
            setTarget(min(loss.estimate, aimd.estimate), at: now)
        } else {
            setTarget(min(startRate(at: now), aimd.estimate), at: now)
        }
    }

    // Before the model has enough to judge by: the older rule, and in the first seconds trust in the delay.
    private mutating func startRate(at now: Timestamp) -> Double {
        let elapsed = lastGrowth.map { min(max(now.seconds(since: $0), 0), 1) } ?? 0
        lastGrowth = now
        if !sawLoss, let firstSent, now.seconds(since: firstSent) < Self.startPhase {
            return max(target, aimd.estimate)
        }
        let share = loss.averageLoss
        if share < Self.lowLoss { return target * (1 + (Self.lossGrowth - 1) * elapsed) + 1000 * elapsed }
        guard share > Self.highLoss, now.seconds(since: lossDecrease ?? .zero) > 0.3 + roundTrip else { return target }
        lossDecrease = now
        return target * (1 - share / 2)
    }

    private mutating func setTarget(_ rate: Double, at now: Timestamp) {
        target = bounds.clamp(rate)
        applicationLimit.update(rate: target)
    }

    private func isSending(at now: Timestamp) -> Bool {
        guard let lastSent else { return false }
        return now.seconds(since: lastSent) < 1
    }

    private var circumstances: ProbeController.Circumstances {
        let now = lastSent ?? .zero
        let late = timeout.isLate(at: now, sending: true)
        return ProbeController.Circumstances(
            estimate: target, isApplicationLimited: applicationLimit.limitedSince != nil,
            limitEndedAt: applicationLimit.endedAt,
            mayProbe: trendline.usage == .normal && loss.state != .decreasing && !late,
            isRecoveringFromLoss: loss.state == .increasing)
    }
}
