import RapportBase

/// A packet on its way through the network.
struct NetworkPacket {
    enum Kind {
        case media
        case control
        case segment
        case acknowledgement
        case datagram
    }

    var kind: Kind
    /// Index of the flow among those of its kind.
    var flow: Int32
    /// Unique over all flows.
    var identity: Int32
    var bytes: Int32
    /// The flow's own number for it.
    var number: Int64
    var route: Int32
    var hop: Int32 = 0
    var isMarked = false
}

/// All packets on their way, in slots that are used again.
struct PacketPool {
    private var packets: [NetworkPacket] = []
    private var free: [Int32] = []

    var used: Int { packets.count - free.count }

    mutating func insert(_ packet: NetworkPacket) -> Int32 {
        if let slot = free.popLast() {
            packets[Int(slot)] = packet
            return slot
        }
        packets.append(packet)
        return Int32(packets.count - 1)
    }

    mutating func remove(_ slot: Int32) { free.append(slot) }

    subscript(_ slot: Int32) -> NetworkPacket {
        get { packets[Int(slot)] }
        set { packets[Int(slot)] = newValue }
    }
}
