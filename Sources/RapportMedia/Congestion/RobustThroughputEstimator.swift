import RapportBase

/// The rate that gets through, over a window of packets, not misled by one pause of the path.
struct RobustThroughputEstimator: Sendable {
    private struct Entry {
        var send: Timestamp
        var arrival: Timestamp
        var bytes: Int
    }

    private static let (leastPackets, mostPackets, validPackets) = (20, 500, 10)
    private static let (leastTime, mostTime) = (1.0, 5.0)
    private static let longestReordering = 1.0

    private var entries: [Entry] = []

    init() { entries.reserveCapacity(Self.mostPackets + 1) }

    mutating func add(_ packet: SentPacket, arrival: Timestamp) {
        if let last = entries.last, last.arrival.seconds(since: arrival) > Self.longestReordering {
            entries.removeAll(keepingCapacity: true)
        }
        var place = entries.count
        while place > 0, entries[place - 1].arrival > arrival { place -= 1 }
        entries.insert(Entry(send: packet.sentAt, arrival: arrival, bytes: packet.bytesOfPath), at: place)
        var drop = 0
        while isTooOld(after: drop) { drop += 1 }
        entries.removeFirst(drop)
    }

    private func isTooOld(after drop: Int) -> Bool {
        guard let last = entries.last, entries.count > drop else { return false }
        let count = entries.count - drop
        let span = last.arrival.seconds(since: entries[drop].arrival)
        if count > Self.mostPackets || span > Self.mostTime { return true }
        return count > Self.leastPackets && span > Self.leastTime
    }

    /// Bits per second; nil until enough packets arrived.
    var rate: Double? {
        guard entries.count >= Self.validPackets, let first = entries.first, let last = entries.last else { return nil }
        var (largest, second, total) = (0.0, 0.0, first.bytes)
        var (firstSend, lastSend, lastSentBytes) = (first.send, first.send, first.bytes)
        for index in 1..<entries.count {
            let entry = entries[index]
            let gap = entry.arrival.seconds(since: entries[index - 1].arrival)
            (largest, second) = gap > largest ? (gap, largest) : (largest, max(gap, second))
            total += entry.bytes
            firstSend = min(firstSend, entry.send)
            if entry.send > lastSend { (lastSend, lastSentBytes) = (entry.send, entry.bytes) }
        }
        let received = last.arrival.seconds(since: first.arrival) - largest + second
        let receiveRate = Double(total - first.bytes) * 8 / max(received, 0.001)
        let sendRate = Double(total - lastSentBytes) * 8 / max(lastSend.seconds(since: firstSend), 0.001)
        return min(sendRate, receiveRate)
    }
}
