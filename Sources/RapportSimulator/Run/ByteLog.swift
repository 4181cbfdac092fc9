import RapportBase

/// Bytes over time, as a sum that only grows.
struct ByteLog {
    private var times: [Int64] = []
    private var sums: [Int] = []

    var total: Int { sums.last ?? 0 }

    mutating func add(_ bytes: Int, at time: Timestamp) {
        if times.last == time.nanoseconds {
            sums[sums.count - 1] += bytes
        } else {
            times.append(time.nanoseconds)
            sums.append(total + bytes)
        }
    }

    /// Bytes in a window, its start left out and its end included.
    func bytes(from start: Timestamp, to end: Timestamp) -> Int {
        sum(at: end.nanoseconds) - sum(at: start.nanoseconds)
    }

    func rate(from start: Timestamp, to end: Timestamp) -> Double {
        Double(bytes(from: start, to: end) * 8) / max((end - start).inSeconds, 1e-9)
    }

    private func sum(at time: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : sums[low - 1]
    }
}
