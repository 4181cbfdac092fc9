/// Tells how much of what a loudspeaker's daemon asks for is too late to be heard.
///
/// The daemon asks for each 10 ms on its own, so a program that stood still finds a row of requests. All but the last
/// buffer's length of them are for sound whose time is over.
struct LateWatch {
    /// Requests closer together than this are one row.
    static let rowGap: Int64 = 5_000_000

    private var last: Int64?
    private var rest = 0

    /// A request of `wanted` samples, of a daemon that keeps `buffer` samples: how many of them are late.
    mutating func late(_ wanted: Int, buffer: Int, at now: Int64) -> Int {
        let pause = last.map { max(0, now &- $0) } ?? 0
        last = now
        // Whoever does not go on asking at once has not been waiting: it stood still itself.
        if pause > Self.rowGap { rest = max(0, Int(min(pause, 2_000_000_000)) / 1_000 * 48 / 1_000 - buffer) }
        let late = min(rest, wanted)
        rest -= late
        return late
    }
}
