import Synchronization

/// Token buckets by key, one more for all keys together, and a bound on how many keys are remembered.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var updated: ContinuousClock.Instant
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var all: Bucket
        var refused = 0
    }

    static let maximumKeys = 10_000

    private let burst: Double
    private let perSecond: Double
    private let globalBurst: Double
    private let globalPerSecond: Double
    private let state: Mutex<State>

    init(_ limits: ServerConfiguration.Limits, at now: ContinuousClock.Instant = .now) {
        burst = Double(limits.joinBurst)
        perSecond = Double(limits.joinsPerMinute) / 60
        globalBurst = Double(limits.globalJoinBurst)
        globalPerSecond = Double(limits.globalJoinsPerMinute) / 60
        state = Mutex(State(all: Bucket(tokens: globalBurst, updated: now)))
    }

    /// Takes one token of `key` and one of all; false when either has none.
    func admit(_ key: String, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            if state.buckets.count >= Self.maximumKeys { forgetFull(&state, at: now) }
            var own = state.buckets[key] ?? Bucket(tokens: burst, updated: now)
            refill(&own, burst, perSecond, at: now)
            refill(&state.all, globalBurst, globalPerSecond, at: now)
            let admitted = own.tokens >= 1 && state.all.tokens >= 1
            if admitted {
                own.tokens -= 1
                state.all.tokens -= 1
            } else {
                state.refused += 1
            }
            state.buckets[key] = own
            return admitted
        }
    }

    var refused: Int { state.withLock { $0.refused } }

    private func refill(_ bucket: inout Bucket, _ burst: Double, _ rate: Double, at now: ContinuousClock.Instant) {
        let elapsed = Double((now - bucket.updated) / .milliseconds(1)) / 1000
        bucket.tokens = min(burst, bucket.tokens + max(0, elapsed) * rate)
        bucket.updated = now
    }

    /// A bucket that is full again says nothing that a new one would not.
    private func forgetFull(_ state: inout State, at now: ContinuousClock.Instant) {
        state.buckets = state.buckets.filter { entry in
            var bucket = entry.value
            refill(&bucket, burst, perSecond, at: now)
            return bucket.tokens < burst
        }
        if state.buckets.count >= Self.maximumKeys { state.buckets.removeAll() }
    }
}
