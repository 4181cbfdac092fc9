import RapportBase

/// One direction of a path in virtual time: it delays, loses, doubles and reorders, all from its seed.
struct Link {
    struct Conditions {
        var delay: Duration = .milliseconds(25)
        /// Each datagram takes up to this much longer, by itself: with a spread the path reorders.
        var spread: Duration = .zero
        var loss = 0.0
        var duplication = 0.0
    }

    private struct Arrival {
        var time: Timestamp
        var bytes: [UInt8]
    }

    var conditions = Conditions()
    /// Swallows the datagrams for which it says true.
    var swallows: ([UInt8]) -> Bool = { _ in false }
    /// Everything that was handed to the path, if asked for.
    var isTapped = false
    private(set) var tap: [[UInt8]] = []
    private(set) var sent = 0
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var reordered = 0
    private(set) var largest = 0
    private(set) var bytes = 0
    private var random: SeededGenerator
    private var queue: [Arrival] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    var underWay: Int { queue.count }
    var next: Timestamp? { queue.first?.time }

    mutating func send(_ bytes: [UInt8], at now: Timestamp) {
        sent += 1
        largest = max(largest, bytes.count)
        self.bytes += bytes.count
        if isTapped { tap.append(bytes) }
        if swallows(bytes) || random.chance(conditions.loss) {
            lost += 1
            return
        }
        enqueue(bytes, at: now)
        guard random.chance(conditions.duplication) else { return }
        doubled += 1
        enqueue(bytes, at: now)
    }

    /// The datagram that arrives next.
    mutating func receive() -> [UInt8] { queue.removeFirst().bytes }

    mutating func clearTap() { tap.removeAll() }

    private mutating func enqueue(_ bytes: [UInt8], at now: Timestamp) {
        let arrival = now + conditions.delay + conditions.spread * Double.random(in: 0..<1, using: &random)
        let place = queue.firstIndex { $0.time > arrival } ?? queue.count
        if place < queue.count { reordered += 1 }
        queue.insert(Arrival(time: arrival, bytes: bytes), at: place)
    }
}
