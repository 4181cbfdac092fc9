/// How much one connection may still say.
struct MessageBudget {
    var faults = 0
    private var tokens: Double
    private var updated: ContinuousClock.Instant
    private let burst: Double
    private let perSecond: Double

    init(_ limits: ServerConfiguration.Limits, at now: ContinuousClock.Instant = .now) {
        burst = Double(limits.messageBurst)
        perSecond = Double(limits.messagesPerSecond)
        tokens = burst
        updated = now
    }

    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        let elapsed = Double((now - updated) / .milliseconds(1)) / 1000
        tokens = min(burst, tokens + max(0, elapsed) * perSecond)
        updated = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
