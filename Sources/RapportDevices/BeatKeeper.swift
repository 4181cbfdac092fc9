/// Holds a device's blocks of 10 ms against the time that passes: says when one is too many, and when silence has to
/// stand in for one. A device may be wrong by one percent for ever; what is more is evened out beyond 100 ms.
struct BeatKeeper {
    static let block: Int64 = 10_000_000
    /// Nanoseconds that a device may be ahead or behind.
    static let slack: Int64 = 100_000_000
    /// A longer time between two looks is not believed: the clock jumped, or the thread stood still.
    static let longestStep: Int64 = 200_000_000

    /// Time that passed less blocks that were given.
    private var balance: Int64 = 0
    private var last: Int64?
    private(set) var refused = 0
    private(set) var standIns = 0

    /// Notes a block of the device's; false when it is one too many.
    mutating func accepts(at now: Int64) -> Bool {
        pass(to: now)
        guard balance > -Self.slack else {
            refused += 1
            return false
        }
        balance -= Self.block
        return true
    }

    /// The blocks that have to be made up now.
    mutating func missing(at now: Int64) -> Int {
        pass(to: now)
        var count = 0
        while balance > Self.slack {
            balance -= Self.block
            count += 1
        }
        standIns += count
        return count
    }

    /// Begins anew: no device so far, or another one.
    mutating func restart() { balance = 0 }

    private mutating func pass(to now: Int64) {
        defer { last = now }
        guard let last else { return }
        let step = min(max(0, now &- last), Self.longestStep)
        // One percent of the time is forgiven.
        let leak = min(abs(balance), step / 100)
        balance += step + (balance > 0 ? -leak : leak)
    }
}
