import RapportBase

/// Delays with the moments they belong to.
struct DelayLog {
    private(set) var times: [Int64] = []
    private(set) var delays: [Int64] = []

    /// - Parameter delay: nanoseconds.
    mutating func append(_ delay: Int64, at time: Timestamp) {
        times.append(time.nanoseconds)
        delays.append(delay)
    }

    /// Delays of a window in milliseconds, ascending.
    func sorted(from start: Timestamp, to end: Timestamp) -> [Double] {
        var found: [Double] = []
        for (index, time) in times.enumerated() where time >= start.nanoseconds && time < end.nanoseconds {
            found.append(Double(delays[index]) / 1e6)
        }
        return found.sorted()
    }
}
