public import RapportBase

/// A link that carries bytes, for ends that are real: under the simulator's own rules, told the time from outside.
///
/// Whoever comes late changes nothing but the moment at which a datagram is taken: the queue is served as if every event
/// had been handled in its time.
public struct Pipe: Sendable {
    /// What became of a datagram; the times are those at which it happened.
    public enum Note: Sendable, Equatable {
        /// Its sending began, after this wait in the queue.
        case waited(Duration, at: Timestamp)
        /// It left the server.
        case carried(bytes: Int, at: Timestamp)
        /// The policer or the queue had no room for it, or the queue's discipline dropped it.
        case dropped([UInt8], at: Timestamp)
        /// The loss model took it, or an outage.
        case lost([UInt8], at: Timestamp)
    }

    /// A datagram at the far end.
    public struct Arrival: Sendable, Equatable {
        public var bytes: [UInt8]
        public var at: Timestamp
    }

    private(set) var link: Link
    private var events = EventQueue()
    private var datagrams: [[UInt8]] = []
    private var free: [Int32] = []
    private var notes: [Note] = []

    public init(_ configuration: LinkConfiguration, seed: UInt64) {
        link = Link(configuration, SimulationGenerator(seed: seed))
    }

    public var counters: LinkCounters { link.counters }

    /// Bytes that wait in the queue.
    public var backlog: Int { link.queue.bytes }

    /// Nothing is under way.
    public var isEmpty: Bool { datagrams.count == free.count }

    /// When the pipe has to be looked after next: nil when nothing is under way, or nothing ever leaves.
    public var deadline: Timestamp? { events.nextTime }

    /// Takes a datagram that comes to the link now.
    ///
    /// - Parameter flow: whose it is, for queues that are fair to flows; small numbers from zero on.
    public mutating func accept(_ bytes: [UInt8], flow: Int = 0, at now: Timestamp) {
        advance(before: now)
        let packet = QueuedPacket(
            slot: store(bytes), bytes: Int32(clamping: bytes.count), flow: Int32(clamping: flow), queuedAt: now)
        switch link.accept(packet) {
        case .refused: notes.append(.dropped(remove(packet.slot), at: now))
        case .queued: break
        case .serving(let end):
            notes.append(.waited(.zero, at: now))
            if let end { events.plan(.served(0), at: end) }
        case .passes: leave(packet, at: now)
        }
        removeDropped(at: now)
    }

    /// The next datagram that has arrived by now, in the order of arrival.
    public mutating func take(at now: Timestamp) -> Arrival? {
        while let (event, time) = events.next(until: now) {
            switch event {
            case .arrival(let slot): return Arrival(bytes: remove(slot), at: time)
            case .served: served(at: time)
            case .carried, .sender, .receiver, .connection, .datagrams, .sample: preconditionFailure("never planned")
            }
        }
        return nil
    }

    /// Takes away what was noted since the last time.
    public mutating func takeNotes() -> [Note] {
        defer { notes.removeAll(keepingCapacity: true) }
        return notes
    }

    // What the server did until now decides whether there is room; arrivals wait until they are taken.
    private mutating func advance(before now: Timestamp) {
        var arrivals: [(Int32, Timestamp)] = []
        while let (event, time) = events.next(until: now) {
            switch event {
            case .arrival(let slot): arrivals.append((slot, time))
            case .served: served(at: time)
            case .carried, .sender, .receiver, .connection, .datagrams, .sample: preconditionFailure("never planned")
            }
        }
        for (slot, time) in arrivals { events.plan(.arrival(slot), at: time) }
    }

    private mutating func served(at now: Timestamp) {
        if let packet = link.takeServed() { leave(packet, at: now) }
        if let (end, next) = link.serveNext(at: now) {
            notes.append(.waited(now - next.queuedAt, at: now))
            if let end { events.plan(.served(0), at: end) }
        }
        removeDropped(at: now)
    }

    private mutating func leave(_ packet: QueuedPacket, at now: Timestamp) {
        notes.append(.carried(bytes: Int(packet.bytes), at: now))
        guard let arrival = link.arrival(of: packet, leaving: now) else {
            return notes.append(.lost(remove(packet.slot), at: now))
        }
        events.plan(.arrival(packet.slot), at: arrival)
    }

    private mutating func removeDropped(at now: Timestamp) {
        var slots: [Int32] = []
        link.takeDropped { slots.append($0.slot) }
        for slot in slots { notes.append(.dropped(remove(slot), at: now)) }
    }

    private mutating func store(_ bytes: [UInt8]) -> Int32 {
        guard let slot = free.popLast() else {
            datagrams.append(bytes)
            return Int32(datagrams.count - 1)
        }
        datagrams[Int(slot)] = bytes
        return slot
    }

    private mutating func remove(_ slot: Int32) -> [UInt8] {
        free.append(slot)
        let bytes = datagrams[Int(slot)]
        datagrams[Int(slot)] = []
        return bytes
    }
}
