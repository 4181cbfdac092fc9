import Glibc
import RapportBase
import RapportICE

/// Session time for everything of one connection, read from CLOCK_MONOTONIC, and the wall clock at its zero.
struct SessionClock: Sendable {
    private let origin: Int64
    let wallClockAtStart: NTPTime
    let unixSecondsAtStart: Int64

    init() {
        origin = Self.nanoseconds(CLOCK_MONOTONIC)
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        unixSecondsAtStart = Int64(wall.tv_sec)
        wallClockAtStart = NTPTime(unixSeconds: Int64(wall.tv_sec), nanoseconds: Int64(wall.tv_nsec))
    }

    var now: Timestamp { Timestamp(nanoseconds: Self.nanoseconds(CLOCK_MONOTONIC) &- origin) }

    /// A session time on the executors' clock, for their timers.
    func executorTime(_ time: Timestamp) -> Int64 { origin &+ time.nanoseconds }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
