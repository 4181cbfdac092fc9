public import RapportBase

/// The rate over the last second, smooth: the present second so far and the rest of the one before it.
public struct RecentRate: Sendable {
    private var start = Timestamp.zero
    private var bytes = 0
    private var bytesBefore = 0

    private static let window: Duration = .seconds(1)

    public init() {}

    public mutating func add(_ count: Int, at now: Timestamp) {
        move(to: now)
        bytes += count
    }

    /// Zero once nothing was added for two seconds.
    public mutating func rate(at now: Timestamp) -> Bitrate {
        move(to: now)
        let left = 1 - min(max((now - start).inSeconds, 0), 1)
        return Bitrate(real: 8 * (Double(bytes) + Double(bytesBefore) * left))
    }

    private mutating func move(to now: Timestamp) {
        let windows = (now - start).wholeNanoseconds / Self.window.wholeNanoseconds
        guard windows > 0 else { return }
        (bytesBefore, bytes) = (windows == 1 ? bytes : 0, 0)
        start += .nanoseconds(windows * Self.window.wholeNanoseconds)
    }
}
