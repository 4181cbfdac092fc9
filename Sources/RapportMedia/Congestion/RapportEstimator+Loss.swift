import RapportBase

extension RapportEstimator {
    /// Loss without a queue: tries whether the rate is its cause before giving way.
    mutating func judgeLoss(at time: Double) {
        if case .compete = phase { return }
        let reordering = 0.1 + min(jitter * 4, 0.1)
        let until = ledger.newestSent - reordering
        if case .trying(let from, let end, _, let before) = loss.state {
            if until >= end { endTrial(ledger.share(sentFrom: from + 0.1, to: end), before: before, at: time) }
            return
        }
        if answersCollapse(until: until, at: time) { return }
        // What was lost behind a queue, the queue has told already.
        let share = ledger.share(sentFrom: max(until - 1, quietSince), to: until)
        guard loss.isSuspicious(share, at: time), time > loss.pausedUntil else {
            if queue < queueLimit { loss.follow(share, at: time) }
            return
        }
        switch phase {
        case .start, .grow: break
        case .drain, .settle, .compete: return
        }
        let recent = ledger.share(sentFrom: max(until - 0.5, quietSince), to: until)
        let earlier = ledger.share(sentFrom: max(until - 1, quietSince), to: until - 0.5)
        // A burst of losses ends by itself, and a trial begun in it would praise the lower rate: both halves must show it.
        guard min(recent.loss, earlier.loss) > loss.inherent + Tuning.persistentLoss else { return }
        beginTrial(recent.packets >= 20 && recent.loss > share.loss ? recent : share, at: time)
    }

    /// No path loses half of everything: a bucket is empty, or a queue too short to be seen is full. Waiting for a trial
    /// would lose as much again.
    private mutating func answersCollapse(until: Double, at time: Double) -> Bool {
        switch phase {
        case .start, .grow: break
        case .drain, .settle, .compete: return false
        }
        guard time > loss.pausedUntil, queue < queueLimit else { return false }
        let recent = ledger.share(sentFrom: max(until - Tuning.collapseTime, quietSince), to: until)
        guard recent.packets >= 25, recent.loss > Tuning.collapse,
            let delivered = history.rates(window: Tuning.collapseTime)?.delivered, delivered < 0.7 * rate
        else { return false }
        counters.collapses += 1
        rate = bounds.clamp(delivered * 0.92)
        loss.blame(rate, at: time)
        loss.pause(until: time + 0.5 + loopDelay)
        (current, capacity, growth, lastOveruse, phase) = (rate, rate, slowGrowth, time, .grow)
        return true
    }

    private mutating func beginTrial(_ share: LossLedger.Share, at time: Double) {
        counters.lossTrials += 1
        let before = rate
        // What got through, and less: if the rate is the cause nothing of this is lost.
        let through = history.rates(window: 0.4)?.delivered ?? 0
        rate = bounds.clamp(max(rate * (1 - min(share.loss, 0.7)) * 0.92, min(rate, through) * 0.85))
        current = rate
        if loss.answersAtOnce(rate: before, at: time) {
            // Found out a moment ago that this path drops what is too much: no need to try again.
            loss.pause(until: time + 1 + loopDelay)
            counters.lossFromRate += 1
            (capacity, growth, lastOveruse, phase) = (rate, slowGrowth, time, .grow)
            return
        }
        // Where the delay swings as well, it is the air or a queue that loses them, and sending less helps.
        let dispersion =
            swell > Tuning.steadySwell
            ? 1 : ledger.dispersion(sentFrom: ledger.newestSent - Tuning.dispersionTime, to: ledger.newestSent)
        loss.begin(
            loss: share.loss, dispersion: dispersion, rate: before, at: time, length: trialLength(share) + loopDelay)
    }

    // Long enough for a dozen losses if the share stays.
    private func trialLength(_ share: LossLedger.Share) -> Double {
        min(max(12 / max(Double(share.lost), 1), 0.5), 2)
    }

    private mutating func endTrial(_ during: LossLedger.Share, before: Double, at time: Double) {
        guard let verdict = loss.end(during, at: time) else { return }
        switch verdict {
        case .pathLoses:
            rate = bounds.clamp(max(rate, before))
        case .rateCauses:
            counters.lossFromRate += 1
            (capacity, growth, lastOveruse) = (rate, slowGrowth, time)
            loss.pause(until: time + 0.5)
        }
        switch phase {
        case .start, .grow: current = rate
        case .drain, .settle, .compete: break
        }
    }
}
