import RapportBase

extension RapportEstimator {
    var probeLimit: Double {
        min(bounds.maximum.real, demand * 1.15, receiverLimit ?? .infinity)
    }

    var growthLimit: Double { min(bounds.maximum.real, max(demand * Tuning.demandRoom, bounds.start.real)) }

    /// Growth a second near the last capacity, as a share of the rate.
    var slowGrowth: Double {
        // A longer way leaves less of each round for growing: the step makes up for it.
        let caution = min(Tuning.longLoop / max(loopDelay, Tuning.longLoop), 1)
        let slow = loss.isConfirmed(at: newestTime) ? Tuning.nearLimit : 1
        let step =
            slow * Tuning.additiveGrowth * (1 + Tuning.roundTripShare * min(loopDelay, Tuning.longLoop)) * caution
            * caution
        return min(max(step / max(rate, 1), slow * Tuning.leastGrowth), slow * Tuning.mostGrowth)
    }

    mutating func makeProbe(_ target: Double) -> ProbeRequest {
        defer { nextProbe += 1 }
        // The more jitter, the longer a burst has to be to say something.
        let length = Tuning.probeDuration + .nanoseconds(Int64(min(max(jitter - 0.005, 0) * 4, 0.04) * 1e9))
        return ProbeRequest(
            id: nextProbe, rate: Bitrate(real: min(target, bounds.maximum.real)), duration: length,
            packets: Tuning.probePackets)
    }

    /// Moves on with time: phases end, the rate grows.
    mutating func advance(at time: Double) {
        let elapsed = min(max(time - (lastGrowth ?? time), 0), 0.25)
        lastGrowth = time
        // While feedback stays away nothing moves but downwards.
        guard silence == nil else { return }
        switch phase {
        case .drain(let until):
            if time >= until { settle(at: time) }
        case .settle(let until):
            current = rate
            if time >= until { endSettle(at: time) }
        case .start, .grow:
            grow(elapsed, at: time)
        case .compete:
            compete(elapsed, at: time)
        }
    }

    private mutating func settle(at time: Double) {
        current = rate
        phase = .settle(until: time + max(loopDelay + Tuning.interval.inSeconds, Tuning.leastSettle))
    }

    private mutating func endSettle(at time: Double) {
        // Without news the queue of the last report says nothing: the sender paused.
        let isNews = time - (lastFeedback ?? -.infinity) < max(0.3, 2 * feedbackInterval)
        if queue > queueLimit, isNews {
            guard !competes(at: time) else { return }
            overuse(at: time)
        } else {
            competition.drained()
            (phase, quietSince) = (.grow, time)
        }
    }

    private mutating func grow(_ elapsed: Double, at time: Double) {
        guard lastFeedback != nil, !loss.isTrying else {
            current = min(current, rate)
            return
        }
        let isUsed = isUsed
        if isQuiet, isUsed {
            // Where loss was the limit a queue does not warn: no hurry there.
            let beyond = isBeyond(1.05) && !loss.isConfirmed(at: time)
            let step = elapsed / Tuning.growthStep
            growth = beyond ? min(max(growth, slowGrowth) * (1 + 0.7 * step), Tuning.fastGrowth) : slowGrowth
            if isBelowProbed(at: time) { growth = max(growth, Tuning.probedGrowth) }
            if beyond { capacity = capacity.map { max($0, rate / 1.3) } }
        } else if queue > queueLimit || !isUsed {
            growth = slowGrowth
        }
        if isUsed, rate < growthLimit {
            rate = bounds.clamp(min(rate * (1 + (isQuiet ? growth : growth * Tuning.nearLimit) * elapsed), growthLimit))
        }
        current = rate
        considerProbe(at: time)
    }

    /// Whether a probe has shown lately that there is room, though less than was asked for.
    private func isBelowProbed(at time: Double) -> Bool {
        guard let probed, time - probed.at < Tuning.probedAge, lastOveruse < probed.at else { return false }
        return rate < probed.rate * Tuning.probedShare
    }

    /// Whether more comes through than where a queue showed last, by this factor. Judged by what arrives, since an
    /// encoder may stay below what it is allowed.
    func isBeyond(_ factor: Double) -> Bool {
        guard let capacity, newestTime - lastOveruse < Tuning.capacityAge else { return true }
        guard let rates = history.rates(window: 0.4) else { return false }
        return rates.delivered > capacity * factor
    }

    /// The newest time that was told.
    private var newestTime: Double { lastGrowth ?? lastOveruse }

    /// Whether the sources fill the rate: only then does a path without a queue say something of it.
    var isUsed: Bool {
        guard let sent = history.rates(window: 0.3)?.sent else { return false }
        return sent > 0.75 * current
    }

    private mutating func considerProbe(at time: Double) {
        guard probe == nil, wantedProbe == nil, time - lastProbe > Tuning.probePause else { return }
        guard time - lastOveruse > 0.4, isQuiet, rate * Tuning.worthProbing < probeLimit else { return }
        let beyond = isBeyond(1.06)
        let isStarved = !isUsed && time - lastProbe > 2 && rate < demand
        // A bucket lets a burst pass whatever its rate: behind one probes lie.
        guard beyond || isStarved, !loss.isConfirmed(at: time) else { return }
        wantedProbe = makeProbe(rate * Tuning.probeFactor)
    }

    /// Takes the outcome of a probe when it is there.
    mutating func judgeProbe(at time: Double) {
        guard let outcome = probe, outcome.isOver(newest: newestNumber, at: time) else { return }
        probe = nil
        guard let result = outcome.result else { return }
        switch phase {
        case .start, .grow: take(result, at: time)
        case .drain, .settle: takeInDrain(result)
        case .compete: break
        }
    }

    // The queue that the probe itself made may have begun the drain. That was reckoned from the last 80 ms, part of which
    // came before the queue and shows what was sent, not what the path gives.
    private mutating func takeInDrain(_ result: ProbeOutcome.Result) {
        guard !result.passed else { return }
        rate = bounds.clamp(max(rate, min(result.received * Tuning.failedShare, competition.rateBefore)))
        capacity = max(capacity ?? 0, rate)
    }

    private mutating func take(_ result: ProbeOutcome.Result, at time: Double) {
        if result.passed {
            let found = min(result.received, result.sent) * Tuning.passedShare
            rate = bounds.clamp(max(rate, min(max(found, result.asked * 0.9), growthLimit)))
            capacity = nil
            growth = max(growth, 0.2)
            if rate < growthLimit { wantedProbe = makeProbe(rate * Tuning.probeFactor) }
        } else {
            let found = result.received * Tuning.failedShare
            probed = (result.received, time)
            if found > rate {
                rate = bounds.clamp(min(found, growthLimit))
                capacity = max(result.received, rate)
            }
            if case .start = phase {
                (phase, growth) = (.grow, capacity == nil ? Tuning.startGrowth : slowGrowth)
            }
        }
        current = rate
    }
}
