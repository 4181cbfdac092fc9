/// The least delay of the last half minute: what the path takes with an empty queue, up to the offset of two clocks.
///
/// Clocks that run apart by 100 millionths move it by 3 ms within the window; the window follows them.
struct BaseDelay: Sendable {
    private static let bucketLength = 2.5
    private static let buckets = 12

    private var least = [Double](repeating: .infinity, count: buckets)
    private var bucket: Int64 = 0
    private(set) var value = Double.infinity

    /// Takes a packet's delay; returns how much the least delay fell by it.
    mutating func update(_ delay: Double, at time: Double) -> Double {
        let number = Int64(max(min(time / Self.bucketLength, 1e15), -1e15))
        if number != bucket { advance(to: number) }
        let slot = Self.slot(bucket)
        least[slot] = min(least[slot], delay)
        guard delay < value else { return 0 }
        let fall = value.isFinite ? value - delay : 0
        value = delay
        return fall
    }

    /// Adds `offset` to all that is remembered.
    mutating func shift(by offset: Double) {
        for index in least.indices { least[index] += offset }
        value += offset
    }

    /// Forgets everything: the next delay is the least.
    mutating func reset() {
        for index in least.indices { least[index] = .infinity }
        value = .infinity
    }

    // A bucket that ends gives its place to one a window later. Time that goes back starts nothing.
    private mutating func advance(to number: Int64) {
        guard number > bucket else { return }
        let first = max(bucket + 1, number - Int64(Self.buckets) + 1)
        for next in first...number { least[Self.slot(next)] = .infinity }
        bucket = number
        value = least.reduce(.infinity, min)
    }

    private static func slot(_ number: Int64) -> Int {
        let rest = Int(number % Int64(buckets))
        return rest < 0 ? rest + buckets : rest
    }
}
