public import RapportBase

/// A policer: what comes faster than the rate is dropped, once the bucket is empty; nothing is queued.
public struct TokenBucket: Sendable, Equatable {
    public let rate: Bitrate
    public let capacity: Int
    private var tokens: Double
    private var filledAt: Timestamp = .zero

    /// - Parameter capacity: bytes that a full bucket lets through at once.
    public init(rate: Bitrate, capacity: Int) {
        self.rate = rate
        self.capacity = capacity
        tokens = Double(capacity)
    }

    /// Whether a packet of `bytes` may pass now; its tokens are taken.
    public mutating func admits(_ bytes: Int, at now: Timestamp) -> Bool {
        let earned = Double(rate.bitsPerSecond) / 8e9 * Double(now.nanoseconds - filledAt.nanoseconds)
        tokens = min(tokens + earned, Double(capacity))
        filledAt = now
        guard tokens >= Double(bytes) else { return false }
        tokens -= Double(bytes)
        return true
    }
}
