import RapportBase

/// Lowers the rate when feedback stays away: the path may be gone.
struct FeedbackTimeout: Sendable {
    private static let limit = 3.0
    private static let pause = 1.0
    private static let factor = 0.8

    private var propagation = 0.0
    private var lastFeedback: Timestamp?
    private var lastDrop: Timestamp?

    mutating func feedback(propagation seconds: Double, at now: Timestamp) {
        propagation = max(seconds, 0)
        lastFeedback = now
    }

    /// Whether the corrected round trip is past the limit.
    func isLate(at now: Timestamp, sending: Bool) -> Bool {
        guard sending, let lastFeedback else { return false }
        return propagation + now.seconds(since: lastFeedback) > Self.limit
    }

    /// The factor to lower the rate by now; nil for none.
    mutating func takeFactor(at now: Timestamp, sending: Bool) -> Double? {
        guard isLate(at: now, sending: sending) else { return nil }
        if let lastDrop, now.seconds(since: lastDrop) < Self.pause { return nil }
        lastDrop = now
        return Self.factor
    }
}
