/// A moment on a session's monotonic clock: nanoseconds since that session's start.
///
/// Core code never asks what time it is; every entry point is told. Differences are `Duration`s.
public struct Timestamp: Comparable, Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Timestamp(nanoseconds: 0)

    public static func milliseconds(_ value: Int64) -> Timestamp { Timestamp(nanoseconds: value * 1_000_000) }

    public static func seconds(_ value: Int64) -> Timestamp { Timestamp(nanoseconds: value * 1_000_000_000) }

    /// Milliseconds since the session's start, for statistics.
    public var inMilliseconds: Double { Double(nanoseconds) / 1e6 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    public static func + (time: Timestamp, step: Duration) -> Timestamp {
        Timestamp(nanoseconds: time.nanoseconds &+ step.wholeNanoseconds)
    }

    public static func - (time: Timestamp, step: Duration) -> Timestamp {
        Timestamp(nanoseconds: time.nanoseconds &- step.wholeNanoseconds)
    }

    public static func - (a: Timestamp, b: Timestamp) -> Duration {
        .nanoseconds(a.nanoseconds &- b.nanoseconds)
    }

    public static func += (time: inout Timestamp, step: Duration) { time = time + step }
}

extension Duration {
    /// The duration in nanoseconds, rounded towards zero and held within `Int64`.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }

    public var inMilliseconds: Double { Double(wholeNanoseconds) / 1e6 }

    public var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}
