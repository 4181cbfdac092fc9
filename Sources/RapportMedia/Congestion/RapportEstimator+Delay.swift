import RapportBase

extension RapportEstimator {
    /// Takes what arrived and what did not; false when nothing arrived.
    mutating func ingest(_ results: [PacketResult], at time: Double) -> Bool {
        var newestSent = -Double.infinity
        isMarked = false
        var (arrivals, marked) = (0, 0)
        for result in results {
            let sent = Self.seconds(result.packet.sentAt)
            guard result.packet.isPlausible, sent <= time, time - sent < 60 else {
                counters.nonsense += 1
                continue
            }
            _ = ledger.add(number: result.packet.number, sent: sent, isLost: result.arrival == nil)
            newestNumber = max(newestNumber, result.packet.number)
            guard let arrivedAt = result.arrival else { continue }
            let arrival = Self.seconds(arrivedAt)
            newestSent = max(newestSent, sent)
            arrivals += 1
            if result.isMarked { marked += 1 }
            measure(result.packet, sent: sent, arrival: arrival, at: time)
        }
        guard newestSent > -.infinity else { return false }
        loopDelay = max(time - newestSent, 0.001)
        longestLoop = max(loopDelay - queue, longestLoop * 0.98)
        isMarked = marked > 0
        marks.add(packets: arrivals, marked: marked, roundTrip: loopDelay, at: time)
        return true
    }

    private mutating func measure(_ packet: SentPacket, sent: Double, arrival: Double, at time: Double) {
        let transit = arrival - sent
        // A step of two seconds is a clock that was set, not a queue.
        if let lastTransit, abs(transit - lastTransit) > 2 { rebase() }
        lastTransit = transit
        let fall = base.update(transit, at: time)
        if transit == base.value { baseBytes = Double(packet.bytes) }
        if fall > 0 {
            history.shiftQueues(by: fall)
            meanFloor.shift(by: fall)
        }
        history.append(
            ArrivalHistory.Entry(
                sent: sent, arrival: arrival, bytes: Double(packet.bytesOfPath),
                queue: max(transit - base.value - ownTime(packet), 0), before: Double(max(packet.unreported, 0))))
        if let id = packet.probe, id == probe?.request.id { probe?.arrived(packet, sent: sent, arrival: arrival) }
    }

    // The link takes longer for a large packet than for the small one that showed the least delay: that is no queue.
    private func ownTime(_ packet: SentPacket) -> Double {
        guard let linkRate else { return 0 }
        return max(Double(packet.bytes) - baseBytes, 0) * 8 / linkRate
    }

    /// Begins the measurement of delay anew.
    mutating func rebase() {
        counters.newPaths += 1
        base.reset()
        meanFloor.reset()
        history.removeAll()
        (queue, queueSince) = (0, nil)
        competition = Competition()
    }

    /// The standing queue above which the path is overused, in seconds.
    ///
    /// Falls with the rate, so that of several flows in one queue the largest gives way first; and a packet at a low
    /// rate takes long by itself.
    var queueLimit: Double { ownLimit + noiseLimit }

    /// Whether the queue is so short that more would not hurt.
    var isQuiet: Bool { queue < noiseLimit + 0.5 * ownLimit }

    private var noiseLimit: Double { min(noise + 1.5 * noiseSpread, Tuning.mostNoise) }

    private var ownLimit: Double {
        let megabits = max(current, 30_000) / 1e6
        let shape = Tuning.queueLimit / megabits.squareRoot()
        return min(max(shape, 0.008), Tuning.mostQueueLimit)
    }

    /// Looks at the standing queue after a feedback.
    ///
    /// What is learnt from it is learnt at one pace, however often feedback comes: more looks would only find more
    /// chance. A fall is looked for each time.
    mutating func judgeDelay(at time: Double) {
        queue = history.standingQueue()
        guard isTimeToLook(at: time) else { return judgeFall(at: time) }
        lastLook = time
        competition.watch(queue, at: time)
        if let burst = history.burstRate { linkRate = linkRate.map { $0 + (max(burst, rate) - $0) / 8 } ?? burst }
        let mean = history.meanQueue(window: min(0.1 + 8 * jitter, 0.3))
        _ = meanFloor.update(mean, at: time)
        swell = mean - meanFloor.value
        learnNoise()
        if queue < queueLimit {
            feedbacks += 1
            jitter += (min(max(mean - queue, 0), 0.05) - jitter) / Double(min(feedbacks, 32))
        }
        defer { peak += (history.longestQueue(of: 8) - peak) / 8 }
        if queue < queueLimit / 3 { queueSince = nil } else if queueSince == nil { queueSince = time }
        switch phase {
        case .start, .grow:
            if isOverused || isSudden { overuse(at: time) } else if isMarked { answerMarks(at: time) }
        case .drain, .settle:
            watchDrain(at: time)
        case .compete:
            watchCompetition(at: time)
        }
    }

    private func isTimeToLook(at time: Double) -> Bool {
        let since = time - lastLook
        return since > Tuning.lookInterval || (feedbackInterval > 0.04 && since > 0.7 * feedbackInterval)
    }

    private mutating func judgeFall(at time: Double) {
        switch phase {
        case .start, .grow:
            let isClear = history.newestQueue > peak + Tuning.clearRise + jitter / 2
            if isClear, isSudden { overuse(at: time) } else if isMarked { answerMarks(at: time) }
        case .drain, .settle, .compete: break
        }
    }

    /// A queue asks for less before it has to drop: the rate goes down, whatever the delay says of it.
    private mutating func answerMarks(at time: Double) {
        guard let factor = marks.factor(roundTrip: loopDelay, at: time) else { return }
        counters.markCuts += 1
        let before = rate
        overuse(at: time)
        rate = bounds.clamp(min(rate, before * factor))
        current = min(current, rate)
    }

    /// What the least delay shows when our own rate cannot have built a queue: jitter that the minimum does not take out.
    private mutating func learnNoise() {
        let isCalm =
            switch phase {
            case .settle(let until): until - (lastGrowth ?? until) < 0.1
            case .start, .grow: capacity.map { rate < $0 * 0.98 } ?? (swell < 0.008)
            case .drain, .compete: false
            }
        guard isCalm else { return }
        let sample = min(queue, 0.03)
        let gain = 1 / Double(min(feedbacks + 1, 32))
        noiseSpread += (abs(sample - noise) - noiseSpread) * gain
        noise += (sample - noise) * gain
    }

    /// Whether a queue stands: in the least delay, which bursts do not raise, and in the mean, in which jitter averages
    /// out.
    var isOverused: Bool { queue > queueLimit && swell > Tuning.swellShare * queueLimit }

    /// Whether the last packets came out so much slower than they are sent that no second look is needed.
    private var isSudden: Bool {
        suddenRate.map { $0 < 0.75 * current } ?? false
    }

    private var suddenRate: Double? {
        if let rate = history.suddenRate(rise: 0.015 + jitter) { return rate }
        // Packets sent together show the link's rate by themselves; that the queue is longer than it was of late says
        // that it is not somebody else's burst.
        let pair = jitter < Tuning.steadyJitter ? history.pairRate : nil
        guard let rate = history.burstRate ?? pair, rate < 0.6 * current else { return nil }
        return history.newestQueue > peak + 0.006 + jitter / 4 ? rate : nil
    }

    /// The rate at which packets came out while the queue stood: what the path gives us.
    func measuredCapacity(at time: Double) -> Double {
        let standing = time - (queueSince ?? time)
        let window = min(max(standing, 0.08), 0.4)
        guard let long = history.rates(window: window) else { return current }
        if let sudden = suddenRate, sudden < 0.8 * long.delivered { return sudden }
        guard let short = history.rates(window: 0.08), short.packets >= 5 else { return long.delivered }
        // A sharp fall shows in the short window first.
        let isFalling = short.delivered < 0.8 * long.delivered && short.sent > 1.15 * short.delivered
        return isFalling ? short.delivered : long.delivered
    }

    /// A queue stands: drains below what comes out for as long as it takes.
    mutating func overuse(at time: Double) {
        counters.drains += 1
        var measured = min(max(measuredCapacity(at: time), rate * Tuning.deepestCut), max(rate, current) * 1.1)
        measured = withLag(measured)
        // Where drains do not help our rate is not the cause: it need not go to nothing.
        if competition.failures > 0 {
            measured = max(measured, Tuning.leastOfFailed * competition.rateBefore, vainFloor)
        }
        drainSeries = time
        // What the sources do not fill says little of what the path would give.
        if !isUsed { measured = max(measured, 0.85 * rate) }
        measured = bounds.clamp(measured)
        competition.overuse(rate: rate, delivered: history.rates(window: 0.4)?.delivered ?? 0, at: time)
        drain(capacity: measured, at: time)
    }

    // What comes out now was sent a round trip ago: after a jump upwards it says less than the path would give.
    private func withLag(_ delivered: Double) -> Double {
        guard let sent = history.rates(window: 0.3)?.sent, sent > 0 else { return delivered }
        return delivered * min(max(rate / (1.1 * sent), 1).squareRoot(), 1.5)
    }

    mutating func drain(capacity measured: Double, at time: Double) {
        capacity = measured
        lastOveruse = time
        // The queue grew on while the feedback travelled: by what has left since then and is not out yet.
        let underWay = sentTotals.bytes(after: newestNumber) * 8
        let ahead = queue + max(underWay / measured - loopDelay, 0)
        // Where others keep the queue full a light drain shows nothing: the next one goes deeper.
        let depth = competition.failures > 0 ? Tuning.deeperDrain : 1
        let factor = depth * min(max(1 - ahead / Tuning.drainRoom, Tuning.deepestDrain), Tuning.lightestDrain)
        let length = min((ahead + Tuning.drainMargin) / (1 - factor), 1.5)
        // And less is kept: traffic at a constant rate takes its share of whatever comes in.
        rate = bounds.clamp(measured * (Tuning.keep - 0.12 * Double(min(competition.failures, 4))))
        current = bounds.clamp(measured * factor)
        if competition.failures > 0 { keepFloor(measured) }
        growth = slowGrowth
        phase = .drain(until: time + length)
        competition.expect(queue: queue)
    }

    // A queue that did not become shorter by the last drain will not by sending next to nothing: a call goes on. On a slow
    // link the queue may still be ours: less than came through has to be possible.
    private var vainFloor: Double { min(Tuning.vainFloor, Tuning.vainShare * competition.deliveredBefore) }

    private mutating func keepFloor(_ measured: Double) {
        let least = min(vainFloor, measured)
        rate = max(rate, least)
        current = max(current, Tuning.vainDrain * least)
    }

    /// While draining: the capacity may have been taken for too much, or fallen further.
    private mutating func watchDrain(at time: Double) {
        guard let known = capacity, queue > queueLimit, time - drainSeries < Tuning.refinementTime else { return }
        let window = Tuning.refinementWindow
        guard let short = history.rates(window: window), short.packets >= 4 else { return }
        // Jitter stretches so short a window: what comes out may be that much more.
        let likely = short.delivered * (1 + min(jitter, Tuning.mostStretch) / window)
        guard likely < 0.85 * known, short.sent > 1.15 * likely else { return }
        drain(capacity: bounds.clamp(withLag(short.delivered)), at: time)
    }
}
