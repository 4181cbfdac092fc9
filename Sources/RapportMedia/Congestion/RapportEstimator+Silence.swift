import RapportBase

extension RapportEstimator {
    /// Lowers the rate while packets go out and no feedback comes: the path may be gone, or full both ways.
    mutating func watchSilence(at time: Double) {
        // What a pause cuts off may stay unreported: only sending on without an answer is silence.
        guard let lastFeedback, lastSent - lastFeedback > Tuning.unanswered else { return }
        let patience = Tuning.silence + 2 * feedbackInterval + min(longestLoop, 1)
        guard time - lastFeedback > patience else { return }
        if let silence {
            guard time - silence.lastDrop > 0.25, time - lastSent < Tuning.pause else { return }
            self.silence?.lastDrop = time
        } else {
            silence = (rate, time, lastFeedback)
            counters.silences += 1
        }
        current = bounds.clamp(max(current * 0.5, min(100_000, current)))
    }

    /// Opens the window a little while reports are overdue: at less than what came through before.
    mutating func allowOverdue(at time: Double) {
        guard let lastFeedback, time - lastFeedback > 2 * feedbackInterval + 0.03 else { return }
        let delivered = history.rates(window: 0.4)?.delivered ?? current
        overdue += Tuning.overdueShare * min(delivered, current) * Tuning.interval.inSeconds
    }

    /// Feedback is back: goes on at half the rate from before and asks a probe whether all of it is there.
    mutating func endSilence(at time: Double) {
        guard let silence else { return }
        self.silence = nil
        // After so long the path may be another one; if not, the least delay is found again as the queue falls.
        if time - silence.since > Tuning.longSilence { rebase() }
        rate = bounds.clamp(max(current, silence.rate * 0.5))
        current = rate
        loss.pause(until: time + 1)
        if case .compete = phase { return }
        phase = .grow
        capacity = nil
        wantedProbe = makeProbe(min(silence.rate, rate * 2))
        lastProbe = -.infinity
    }
}
