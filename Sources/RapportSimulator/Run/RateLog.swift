import RapportBase

/// A rate that changes in steps.
struct RateLog {
    private(set) var times: [Int64] = []
    private(set) var rates: [Int] = []

    mutating func note(_ rate: Bitrate, at time: Timestamp) {
        guard rates.last != rate.bitsPerSecond else { return }
        times.append(time.nanoseconds)
        rates.append(rate.bitsPerSecond)
    }

    func rate(at time: Timestamp) -> Double { Double(value(at: time.nanoseconds)) }

    /// Mean over a window.
    func mean(from start: Timestamp, to end: Timestamp) -> Double {
        guard end > start, !times.isEmpty else { return rate(at: start) }
        var sum = 0.0
        var now = start.nanoseconds
        var index = place(of: now)
        while now < end.nanoseconds {
            let next = index + 1 < times.count ? min(times[index + 1], end.nanoseconds) : end.nanoseconds
            sum += Double(index < 0 ? 0 : rates[index]) * Double(next - now)
            now = next
            index += 1
        }
        return sum / Double(end.nanoseconds - start.nanoseconds)
    }

    private func value(at time: Int64) -> Int {
        let index = place(of: time)
        return index < 0 ? 0 : rates[index]
    }

    // Index of the last change not later than `time`; -1 before the first.
    private func place(of time: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
