/// Tells loss that our rate causes from loss that the path has anyway, by trying: lower the rate and look whether the
/// share lost falls with it.
struct LossJudge: Sendable {
    enum State: Sendable {
        case calm
        /// Sending less from `from` on, since `loss` was seen at `rate`.
        case trying(from: Double, until: Double, loss: Double, rate: Double)
    }

    /// What a trial found.
    enum Verdict: Sendable, Equatable {
        case pathLoses
        case rateCauses
    }

    /// The share that the path loses whatever is sent.
    var inherent = 0.0
    private(set) var state = State.calm
    private(set) var pausedUntil = -Double.infinity
    /// When a trial last found the rate to be the cause: then loss needs no new trial.
    private(set) var confirmedAt = -Double.infinity
    private var answeredAt = -Double.infinity
    /// When the rate was last plainly too much.
    private var collapsedAt = -Double.infinity
    /// The rate that was found to be too much.
    private var level = 0.0
    /// How unevenly losses fell before the trial.
    private var dispersion = 1.0
    /// When loss taken for the path's own is tried again, and how long to the time after.
    private var retryAt = Double.infinity
    private var retryPause = 8.0

    var isTrying: Bool {
        switch state {
        case .calm: false
        case .trying: true
        }
    }

    mutating func pause(until time: Double) { pausedUntil = max(pausedUntil, time) }

    /// Whether `share` is more than the path's own loss and chance explain.
    func isSuspicious(_ share: LossLedger.Share, at time: Double) -> Bool {
        guard share.packets >= 20 else { return false }
        // A policer's loss looks like the path's own when the trial fell into the wrong moment.
        if time > retryAt, share.loss > 0.04 { return true }
        let count = Double(share.packets)
        let spread = (max(inherent, 0.02) * (1 - inherent) / count).squareRoot()
        return share.loss > inherent + max(0.025, 2.5 * spread)
    }

    /// Follows the path's own loss while the rate is steady and nothing is suspicious.
    mutating func follow(_ share: LossLedger.Share, at time: Double) {
        guard share.packets >= 20 else { return }
        // Where the rate was the cause, loss just under suspicion is the rate's too: taken for the path's own it would
        // raise the bar for the next.
        if isConfirmed(at: time), share.loss > inherent { return }
        inherent += (min(share.loss, 0.5) - inherent) * 0.02
    }

    mutating func begin(loss: Double, dispersion: Double, rate: Double, at time: Double, length: Double) {
        self.dispersion = max(dispersion, 1)
        state = .trying(from: time, until: time + length, loss: loss, rate: rate)
    }

    /// Ends a trial with what was lost during it.
    mutating func end(_ during: LossLedger.Share, at time: Double) -> Verdict? {
        guard case .trying(_, _, let before, let rate) = state else { return nil }
        state = .calm
        level = rate
        // Fewer than chance would leave of the same share; where losses come in bursts, chance is wider.
        let expected = before * Double(during.packets)
        if during.packets >= 10, during.loss < 0.5 * before,
            Double(during.lost) < expected - 2 * ((1 + dispersion) * expected).squareRoot()
        {
            (confirmedAt, retryAt, retryPause) = (time, .infinity, 8)
            inherent = min(inherent, during.loss)
            return .rateCauses
        }
        // No path loses half of everything: lower still.
        if before > 0.5, during.loss > 0.45 {
            (confirmedAt, answeredAt) = (time, time)
            return .rateCauses
        }
        inherent = min((before + during.loss) / 2, 0.5)
        pause(until: time + 1)
        retryAt = time + retryPause
        retryPause = min(2 * retryPause, 60)
        return .pathLoses
    }

    /// Takes `rate` for what comes through: more was the cause of the loss.
    mutating func blame(_ rate: Double, at time: Double) {
        state = .calm
        level = rate
        (confirmedAt, answeredAt, retryAt, retryPause) = (time, time, .infinity, 8)
        collapsedAt = time
    }

    /// Whether the rate was found to cause loss not long ago.
    func isConfirmed(at time: Double) -> Bool { time - max(confirmedAt, collapsedAt) < 60 }

    /// Whether loss that comes now can be answered without a trial: not so soon after the last answer that it cannot
    /// have helped, and not at a rate far below the one that was found to be too much.
    mutating func answersAtOnce(rate: Double, at time: Double) -> Bool {
        guard isConfirmed(at: time) else { return false }
        defer { answeredAt = time }
        if time - answeredAt > 2, rate > 0.8 * level {
            confirmedAt = time
            return true
        }
        confirmedAt = -.infinity
        return false
    }
}
