import RapportBase

/// The newest packets that arrived: how fast they came out of the path, and how long they took.
///
/// A ring allocated once. Times are seconds, the arrival's on the receiver's clock.
struct ArrivalHistory: Sendable {
    struct Entry: Sendable {
        var sent: Double
        var arrival: Double
        /// With what left before it unreported.
        var bytes: Double
        /// Seconds above the path's least delay.
        var queue: Double
        /// Of `bytes` those that left before it.
        var before = 0.0
    }

    /// What went in and came out within a window.
    struct Rates: Sendable {
        var sent: Double
        var delivered: Double
        var packets: Int
    }

    private static let slots = 1024
    private var entries = [Entry](repeating: Entry(sent: 0, arrival: 0, bytes: 0, queue: 0), count: slots)
    private var count = 0
    /// The latest arrival.
    private(set) var newestArrival = -Double.infinity
    /// When the newest packet that arrived was sent.
    private(set) var newestSent = -Double.infinity

    var isEmpty: Bool { count == 0 }

    mutating func append(_ entry: Entry) {
        entries[count & (Self.slots - 1)] = entry
        count += 1
        newestArrival = max(newestArrival, entry.arrival)
        newestSent = max(newestSent, entry.sent)
    }

    mutating func removeAll() {
        count = 0
        (newestArrival, newestSent) = (-.infinity, -.infinity)
    }

    /// Adds `offset` to the queue of all: the least delay turned out to be another.
    mutating func shiftQueues(by offset: Double) {
        for index in entries.indices { entries[index].queue = max(entries[index].queue + offset, 0) }
    }

    // Entries are in the order of feedback: nearly that of arrival. Past `window` and what may have been overtaken the
    // search ends.
    private func visit(_ window: Double, _ body: (Entry) -> Void) {
        var index = count - 1
        let last = max(count - Self.slots, 0)
        while index >= last {
            let entry = entries[index & (Self.slots - 1)]
            let age = newestArrival - entry.arrival
            if age > window + 0.1 { return }
            if age <= window { body(entry) }
            index -= 1
        }
    }

    /// The rates over the arrivals of the last `window` seconds; nil with fewer than three packets.
    func rates(window: Double) -> Rates? {
        var (first, firstBytes, firstSent, lastSent, outside) = (
            Double.infinity, 0.0, Double.infinity, -Double.infinity, (first: 0.0, last: 0.0)
        )
        var (total, packets) = (0.0, 0)
        visit(window) { entry in
            if entry.arrival < first { (first, firstBytes) = (entry.arrival, entry.bytes) }
            if entry.sent < firstSent { (firstSent, outside.first) = (entry.sent, entry.before) }
            if entry.sent > lastSent { (lastSent, outside.last) = (entry.sent, entry.bytes - entry.before) }
            total += entry.bytes
            packets += 1
        }
        let (arrivalSpan, sendSpan) = (newestArrival - first, lastSent - firstSent)
        guard packets >= 3, arrivalSpan > 0.001, sendSpan > 0.001 else { return nil }
        return Rates(
            sent: (total - outside.first - outside.last) * 8 / sendSpan,
            delivered: (total - firstBytes) * 8 / arrivalSpan,
            packets: packets)
    }

    /// The least queue over the last six packets, or over what came within `shortest` or `longest` if that is more or
    /// fewer: jitter adds to a packet's delay and never takes away, so the least is the standing queue.
    func standingQueue(shortest: Double = 0.05, longest: Double = 0.25) -> Double {
        var least = Double.infinity
        var packets = 0
        var index = count - 1
        let last = max(count - Self.slots, 0)
        while index >= last {
            let entry = entries[index & (Self.slots - 1)]
            let age = newestArrival - entry.arrival
            if age > longest || (packets >= 6 && age > shortest) { break }
            least = min(least, entry.queue)
            packets += 1
            index -= 1
        }
        return least == .infinity ? 0 : least
    }

    /// The rate at which the packets of the last 60 ms came out, when they were sent within less than half the time
    /// and did not come after one pause: a fall of capacity, seen within one feedback.
    func suddenRate(rise: Double) -> Double? {
        let window = 0.06
        var (earliest, latestSend, earliestSend) = (newestArrival, -Double.infinity, Double.infinity)
        var (bytes, firstBytes, packets, gap, index) = (0.0, 0.0, 0, 0.0, count - 1)
        while index >= max(count - 64, 0) {
            let entry = entries[index & (Self.slots - 1)]
            guard newestArrival - entry.arrival <= window else { break }
            gap = max(gap, earliest - entry.arrival)
            (earliest, firstBytes) = (min(earliest, entry.arrival), entry.bytes)
            (earliestSend, latestSend) = (min(earliestSend, entry.sent), max(latestSend, entry.sent))
            bytes += entry.bytes
            packets += 1
            index -= 1
        }
        let (span, sendSpan) = (newestArrival - earliest, latestSend - earliestSend)
        guard packets >= 5, span > 0.04, sendSpan < 0.5 * span, span - sendSpan > rise, gap < 0.5 * span else {
            return nil
        }
        return (bytes - firstBytes) * 8 / span
    }

    /// The rate at which the last three packets came out, when they were sent together; nil when they were not.
    var burstRate: Double? {
        guard count >= 3 else { return nil }
        let first = entries[(count - 3) & (Self.slots - 1)]
        let middle = entries[(count - 2) & (Self.slots - 1)]
        let last = entries[(count - 1) & (Self.slots - 1)]
        let (one, two) = (middle.arrival - first.arrival, last.arrival - middle.arrival)
        guard abs(last.sent - first.sent) < 0.004, one > 0.002, two > 0.002, max(one, two) < 2 * min(one, two) else {
            return nil
        }
        return (middle.bytes + last.bytes) * 8 / (one + two)
    }

    /// The same of the last two, where nothing else makes such a gap: a picture's packets leave two by two.
    var pairRate: Double? {
        guard count >= 2 else { return nil }
        let first = entries[(count - 2) & (Self.slots - 1)]
        let last = entries[(count - 1) & (Self.slots - 1)]
        let gap = last.arrival - first.arrival
        guard abs(last.sent - first.sent) < 0.002, gap > 0.008, last.queue > first.queue + 0.5 * gap else { return nil }
        return last.bytes * 8 / gap
    }

    /// By how much the delay jumped from one packet to the next among those sent within two times: all of six packets
    /// came later than any of the six before them, and by more than they differ. Queues grow packet by packet; nil where
    /// this one did.
    func jump(sentFrom start: Double, to end: Double) -> Double? {
        let span = 6
        var largest: Double?
        var split = count - span
        let oldest = max(count - Self.slots + span, span)
        while split >= oldest, self[split].sent >= start {
            defer { split -= 1 }
            guard self[split].sent <= end else { continue }
            var (least, most, before) = (Double.infinity, 0.0, 0.0)
            for step in 0..<span {
                least = min(least, self[split + step].queue)
                most = max(most, self[split + step].queue)
                before = max(before, self[split - 1 - step].queue)
            }
            if least - before > most - least { largest = max(largest ?? 0, least - before) }
        }
        return largest
    }

    private subscript(_ index: Int) -> Entry { entries[index & (Self.slots - 1)] }

    /// The queue that the newest packet met.
    var newestQueue: Double { count > 0 ? entries[(count - 1) & (Self.slots - 1)].queue : 0 }

    /// The longest queue among the last `packets`.
    func longestQueue(of packets: Int) -> Double {
        var longest = 0.0
        for index in max(count - min(packets, Self.slots), 0)..<count {
            longest = max(longest, entries[index & (Self.slots - 1)].queue)
        }
        return longest
    }

    /// Mean of the queue over the last `window` seconds.
    func meanQueue(window: Double) -> Double {
        var (sum, packets) = (0.0, 0)
        visit(window) { entry in
            sum += entry.queue
            packets += 1
        }
        return packets > 0 ? sum / Double(packets) : 0
    }
}
