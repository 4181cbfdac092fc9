import RapportBase

/// A first-in first-out queue of packets in a block of memory allocated once.
struct PacketQueue: ~Copyable {
    private struct Entry {
        var tag: PacketTag
        var queuedAt: Timestamp
        var bytes: Int
    }

    private var ring: PacketRing
    private var entries: [Entry]
    private var head: Int64 = 0
    private var tail: Int64 = 0
    /// Bytes of all queued packets.
    private(set) var bytes = 0

    init(slots: Int, slotBytes: Int) {
        ring = PacketRing(slots: slots, slotBytes: slotBytes)
        let unused = Entry(tag: PacketTag(sequenceNumber: SequenceNumber(0)), queuedAt: .zero, bytes: 0)
        entries = Array(repeating: unused, count: slots)
    }

    var count: Int { Int(tail - head) }
    var isEmpty: Bool { head == tail }
    var oldest: Timestamp? { isEmpty ? nil : entries[slot(head)].queuedAt }

    /// Nil when the packet is queued, else why it is not.
    mutating func append(_ packet: Span<UInt8>, tag: PacketTag, at now: Timestamp) -> DropReason? {
        guard packet.count <= ring.slotBytes else { return .oversized }
        guard count < ring.slots else { return .overflow }
        // An empty queue starts again at the first slot: memory that was never needed is never touched.
        if isEmpty { (head, tail) = (0, 0) }
        _ = ring.insert(tail, packet)
        entries[slot(tail)] = Entry(tag: tag, queuedAt: now, bytes: packet.count)
        bytes += packet.count
        tail += 1
        return nil
    }

    /// Copies the oldest packet into `target`, replacing what was there.
    mutating func removeFirst(kind: PacedKind, into target: inout [UInt8]) -> PacedPacket? {
        guard !isEmpty else { return nil }
        target.removeAll(keepingCapacity: true)
        ring.withPacket(head) { packet in target.append(packet, 0..<packet.count) }
        let entry = entries[slot(head)]
        ring.remove(head)
        bytes -= entry.bytes
        head += 1
        return PacedPacket(kind: kind, tag: entry.tag, queuedAt: entry.queuedAt, bytes: entry.bytes)
    }

    /// Drops everything; returns how many packets that were.
    mutating func removeAll() -> Int {
        let dropped = count
        ring.removeAll()
        (head, tail, bytes) = (0, 0, 0)
        return dropped
    }

    private func slot(_ number: Int64) -> Int { Int(number & Int64(ring.slots - 1)) }
}
