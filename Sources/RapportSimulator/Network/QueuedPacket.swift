import RapportBase

/// What a link knows of a packet that waits in its queue.
struct QueuedPacket: Equatable {
    /// Where the packet is in the run's pool.
    var slot: Int32
    var bytes: Int32
    /// Whose it is; queues that are fair to flows tell them apart by it.
    var flow: Int32
    var queuedAt: Timestamp
    /// Its ends understand a congestion mark, and it has one.
    var isCapable = false
    var isMarked = false

    var marked: QueuedPacket {
        var packet = self
        packet.isMarked = true
        return packet
    }
}

/// First in, first out, in a ring that grows to its need and then allocates no more.
struct PacketFIFO {
    private var ring: [QueuedPacket] = []
    private var head = 0
    private(set) var count = 0
    private(set) var bytes = 0

    var isEmpty: Bool { count == 0 }
    var first: QueuedPacket? { count == 0 ? nil : ring[head] }

    mutating func append(_ packet: QueuedPacket) {
        if count == ring.count { grow(filler: packet) }
        ring[(head + count) & (ring.count - 1)] = packet
        count += 1
        bytes += Int(packet.bytes)
    }

    mutating func removeFirst() -> QueuedPacket? {
        guard count > 0 else { return nil }
        let packet = ring[head]
        head = (head + 1) & (ring.count - 1)
        count -= 1
        bytes -= Int(packet.bytes)
        return packet
    }

    private mutating func grow(filler: QueuedPacket) {
        var larger = Array(repeating: filler, count: max(ring.count * 2, 64))
        for index in 0..<count { larger[index] = ring[(head + index) & (ring.count - 1)] }
        ring = larger
        head = 0
    }
}
