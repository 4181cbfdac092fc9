import RapportBase

/// A link that carries real datagrams in virtual time.
struct BytePipe {
    private(set) var link: Link
    private var datagrams: [Int32: [UInt8]] = [:]
    private var nextSlot: Int32 = 0
    private var servedAt: Timestamp?
    private var arrivals: [(time: Timestamp, slot: Int32)] = []

    init(_ configuration: LinkConfiguration, _ generator: SimulationGenerator) {
        link = Link(configuration, generator)
    }

    /// When something happens next.
    var deadline: Timestamp? {
        guard let first = arrivals.first?.time else { return servedAt }
        return servedAt.map { min($0, first) } ?? first
    }

    /// IPv4 and UDP headers are carried, too.
    static let lowerHeaders = 28

    mutating func send(_ datagram: [UInt8], at now: Timestamp, into recorder: inout Recorder, index: Int) {
        let bytes = Int32(datagram.count + Self.lowerHeaders)
        let packet = QueuedPacket(slot: nextSlot, bytes: bytes, flow: 0, queuedAt: now)
        nextSlot &+= 1
        datagrams[packet.slot] = datagram
        switch link.accept(packet) {
        case .refused:
            datagrams[packet.slot] = nil
            recorder.dropped(link: index)
        case .queued: break
        case .serving(let end):
            recorder.waited(link: index, nanoseconds: 0, at: now)
            servedAt = end
        case .passes: leave(packet, at: now, into: &recorder, index)
        }
        removeDropped(into: &recorder, index)
    }

    /// Moves on what is due; the datagrams that arrive now, in order.
    mutating func advance(to now: Timestamp, into recorder: inout Recorder, index: Int) -> [[UInt8]] {
        if let end = servedAt, end <= now {
            servedAt = nil
            if let packet = link.takeServed() { leave(packet, at: now, into: &recorder, index) }
            if let (end, next) = link.serveNext(at: now) {
                recorder.waited(link: index, nanoseconds: now.nanoseconds - next.queuedAt.nanoseconds, at: now)
                servedAt = end
            }
            removeDropped(into: &recorder, index)
        }
        var arrived: [[UInt8]] = []
        while let first = arrivals.first, first.time <= now {
            arrivals.removeFirst()
            if let datagram = datagrams.removeValue(forKey: first.slot) { arrived.append(datagram) }
        }
        return arrived
    }

    private mutating func leave(_ packet: QueuedPacket, at now: Timestamp, into recorder: inout Recorder, _ index: Int)
    {
        recorder.carried(link: index, bytes: Int(packet.bytes))
        guard let arrival = link.arrival(of: packet, leaving: now) else {
            recorder.lost(link: index)
            datagrams[packet.slot] = nil
            return
        }
        let place = arrivals.lastIndex { $0.time <= arrival }.map { $0 + 1 } ?? 0
        arrivals.insert((arrival, packet.slot), at: place)
    }

    private mutating func removeDropped(into recorder: inout Recorder, _ index: Int) {
        link.takeDropped { packet in
            datagrams[packet.slot] = nil
            recorder.dropped(link: index)
        }
    }
}
