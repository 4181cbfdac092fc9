import RapportBase

/// Whether the sources leave so much of the rate unused that nothing is learnt of the path.
struct ApplicationLimitDetector: Sendable {
    private static let usage = 0.8
    private static let window = 0.5
    private static let (start, stop) = (0.4, -0.6)

    /// Since when the sources are the limit; nil when the path is.
    private(set) var limitedSince: Timestamp?
    /// When the path was the limit again.
    private(set) var endedAt: Timestamp?
    private var rate: Double
    private var budget = 0.0
    private var lastSent: Timestamp?

    init(rate: Double) { self.rate = rate * Self.usage }

    mutating func update(rate: Double) {
        self.rate = rate * Self.usage
        budget = min(max(budget, -largest), largest)
    }

    mutating func sent(bytes: Int, at now: Timestamp) {
        let elapsed = lastSent.map { min(max(now.seconds(since: $0), 0), 10) } ?? 0
        lastSent = now
        budget = max(budget - Double(bytes), -largest)
        budget = min(budget + elapsed * rate / 8, largest)
        let share = largest > 0 ? budget / largest : 0
        if share > Self.start, limitedSince == nil {
            limitedSince = now
        } else if share < Self.stop, limitedSince != nil {
            (limitedSince, endedAt) = (nil, now)
        }
    }

    private var largest: Double { rate * Self.window / 8 }
}
