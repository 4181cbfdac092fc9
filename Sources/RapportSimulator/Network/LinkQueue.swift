import RapportBase

/// A link's queue under one of the disciplines.
struct LinkQueue {
    // RFC 8290 section 5.2.2: bytes a flow may send before the next one's turn.
    private static let quantum = 1514

    private struct Lane {
        var packets = PacketFIFO()
        var control = CoDelControl()
        var credit = 0
        var isListed = false

        mutating func removeUnderControl(at now: Timestamp, dropping dropped: inout [QueuedPacket]) -> QueuedPacket? {
            control.dequeue(from: &packets, at: now, dropping: &dropped)
        }
    }

    private let discipline: QueueDiscipline
    private var lanes: [Lane] = [Lane()]
    private var newLanes: [Int] = []
    private var oldLanes: [Int] = []
    private var pie = PIEControl()
    private var generator: SimulationGenerator
    /// What the discipline dropped after having queued it; the owner takes it away.
    private(set) var dropped: [QueuedPacket] = []
    private(set) var bytes = 0
    private(set) var count = 0

    init(_ discipline: QueueDiscipline, _ generator: SimulationGenerator) {
        self.discipline = discipline
        self.generator = generator
    }

    /// False when the packet is refused.
    mutating func enqueue(_ arrived: QueuedPacket, rate: Bitrate) -> Bool {
        var packet = arrived
        let size = Int(packet.bytes)
        let limit = discipline.limit.bytes(at: rate)
        switch discipline {
        case .fairCoDel:
            append(packet, to: lane(of: packet.flow))
            while bytes > limit, dropFromLongest() {}
            return true
        case .pie:
            let delay = rate > .zero ? Double(bytes * 8) / Double(rate.bitsPerSecond) : 0
            if pie.drops(backlog: bytes, delay: delay, at: packet.queuedAt, &generator) {
                guard packet.isCapable, pie.marks else { return false }
                packet.isMarked = true
            }
        case .dropTail, .coDel: break
        }
        guard bytes + size <= limit else { return false }
        append(packet, to: 0)
        return true
    }

    mutating func dequeue(at now: Timestamp) -> QueuedPacket? {
        switch discipline {
        case .dropTail, .pie: return take { lanes, _ in lanes[0].packets.removeFirst() }
        case .coDel:
            return take { lanes, dropped in
                lanes[0].removeUnderControl(at: now, dropping: &dropped)
            }
        case .fairCoDel: return dequeueFairly(at: now)
        }
    }

    mutating func takeDropped(_ body: (QueuedPacket) -> Void) {
        for packet in dropped { body(packet) }
        dropped.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ packet: QueuedPacket, to lane: Int) {
        lanes[lane].packets.append(packet)
        bytes += Int(packet.bytes)
        count += 1
        guard case .fairCoDel = discipline, !lanes[lane].isListed else { return }
        lanes[lane].isListed = true
        lanes[lane].credit = Self.quantum
        newLanes.append(lane)
    }

    private mutating func take(_ body: (inout [Lane], inout [QueuedPacket]) -> QueuedPacket?) -> QueuedPacket? {
        let before = dropped.count
        let packet = body(&lanes, &dropped)
        for victim in dropped[before...] { bytes -= Int(victim.bytes) }
        count -= dropped.count - before
        guard let packet else { return nil }
        bytes -= Int(packet.bytes)
        count -= 1
        return packet
    }

    private mutating func lane(of flow: Int32) -> Int {
        while lanes.count <= Int(flow) { lanes.append(Lane()) }
        return Int(flow)
    }

    // RFC 8290 section 4.1: over the limit the longest queue loses from its head.
    private mutating func dropFromLongest() -> Bool {
        guard let longest = lanes.indices.max(by: { lanes[$0].packets.bytes < lanes[$1].packets.bytes }) else {
            return false
        }
        guard let victim = lanes[longest].packets.removeFirst() else { return false }
        bytes -= Int(victim.bytes)
        count -= 1
        dropped.append(victim)
        return true
    }

    // RFC 8290 section 4.2: new queues first; one that has used its credit goes to the end of the old ones.
    private mutating func dequeueFairly(at now: Timestamp) -> QueuedPacket? {
        while let lane = newLanes.first ?? oldLanes.first {
            let isNew = !newLanes.isEmpty
            if lanes[lane].credit <= 0 {
                lanes[lane].credit += Self.quantum
                if isNew { newLanes.removeFirst() } else { oldLanes.removeFirst() }
                oldLanes.append(lane)
                continue
            }
            let packet = take { lanes, dropped in
                lanes[lane].removeUnderControl(at: now, dropping: &dropped)
            }
            if let packet {
                lanes[lane].credit -= Int(packet.bytes)
                return packet
            }
            if isNew {
                newLanes.removeFirst()
                oldLanes.append(lane)
            } else {
                oldLanes.removeFirst()
                lanes[lane].isListed = false
            }
        }
        return nil
    }
}
