import RapportBase

extension RapportEstimator {
    /// Called when a drain ended and the queue still stands. True when it is not our queue, and what that means is done.
    mutating func competes(at time: Double) -> Bool {
        let passes = history.rates(window: 0.3).map { $0.delivered > 0.85 * $0.sent } ?? false
        competition.remained(queue, passes: passes)
        let isKnown = time - lastCompetition < 20
        if !isKnown, queue > Tuning.leastStep, competition.isUnmoved(by: Tuning.stepTolerance + jitter / 4),
            beganWithJump
        {
            takeAsPath()
            return true
        }
        let isVain = competition.failures >= (isKnown ? 3 : 4) || (competition.isHeld && passes)
        guard let since = competition.since, isVain else { return false }
        guard isKnown || time - since > 0.8 else { return false }
        if competition.mostQueue - competition.leastQueue < 0.006 + jitter {
            takeAsPath()
            return true
        }
        guard queue > max(0.025, queueLimit), queue > competition.firstQueue ?? 0 else { return false }
        counters.competitions += 1
        rate = bounds.clamp(max(rate, competition.rateBefore, isKnown ? competingRate : 0))
        current = rate
        phase = .compete
        emptySince = nil
        lastLoss = time
        return true
    }

    // What stands now came all at once, when the first of the drains that do not help began.
    private var beganWithJump: Bool {
        guard let since = competition.since else { return false }
        guard let jump = history.jump(sentFrom: since - loopDelay - 0.4, to: since) else { return false }
        return jump > max(0.25 * queue, 0.005)
    }

    // Neither grows nor shrinks with what we send: this is the path's delay now.
    private mutating func takeAsPath() {
        rate = bounds.clamp(max(rate, competition.rateBefore * 0.95))
        current = rate
        rebase()
        phase = .grow
    }

    /// Leaves when the queue has gone for a while: the other flow is done.
    mutating func watchCompetition(at time: Double) {
        guard queue < queueLimit else {
            emptySince = nil
            return
        }
        let since = emptySince ?? time
        emptySince = since
        if time - since > 0.7 {
            (lastCompetition, competingRate) = (time, rate)
            competition.drained()
            capacity = rate
            phase = .grow
        }
    }

    /// Additive growth, and a cut at loss: at most one a round trip.
    mutating func compete(_ elapsed: Double, at time: Double) {
        let roundTrip = max(loopDelay, 0.05)
        // CUBIC does not slow down with the round trip as the older rule does.
        let pace = min(roundTrip, 0.35)
        let until = ledger.newestSent - 0.05
        let share = ledger.share(sentFrom: max(until - max(roundTrip, 0.3), lastLoss), to: until)
        let isLost = share.lost > 0 && share.loss > loss.inherent + 0.01
        if isLost || isMarked, time - lastLoss > roundTrip + 0.1 {
            lastLoss = time
            rate = bounds.clamp(rate * 0.8)
        } else if isUsed {
            rate = bounds.clamp(min(rate + 9600 / pace / pace * elapsed, growthLimit))
        }
        current = rate
    }
}
