public import RapportBase

// Data beside sound and pictures. Two urgencies, each with a guaranteed share of the pacing rate.
//
// Sound is first. Then, one packet at a time and at the pace of everything: urgent data within its guarantee, bulk data
// within its own, retransmissions, pictures, and last what data waits beyond its guarantees, urgent first, as long as
// everything that is sent stays within the target rate. During a probe data waits: a probe is judged by what is reported
// to have arrived, and of data nobody reports. While the pacer is held data waits, too.
//
// What follows: urgent messages wait for no more than the time that they and those before them take at their guarantee
// (8 kbit/s or a twentieth of the rate, whatever is more), less what they have saved up (`urgentCredit`), and for the
// packet that is leaving: half a burst and the time of the longest packet at the pacing rate; a probe adds its length, and
// on a line that sound alone fills what it is ahead, a tenth of a second at most. A
// flood of them takes no more from pictures than that guarantee. Data never expires here: it is bounded by bytes, refused
// when there is no room, and whoever sends it waits or sends again.
extension Pacer {
    /// The longest message that `enqueue` would take now; zero when the queue is full.
    public func dataRoom(_ urgency: DataUrgency) -> Int { data.room(urgency) }

    /// Bytes that no message may exceed.
    public var largestMessage: Int { configuration.slotBytes }

    /// Bytes of messages waiting.
    public func queuedData(_ urgency: DataUrgency) -> Int { data.bytes(urgency) }

    /// Queues a message of data. False when there is no room for it, which is counted: nothing is lost, the caller has it
    /// still and waits until `dataRoom` says that there is room again.
    public mutating func enqueue(data message: Span<UInt8>, _ urgency: DataUrgency, at now: Timestamp) -> Bool {
        enqueue(urgency.kind, message, tag: PacketTag(sequenceNumber: SequenceNumber(0)), at: now)
    }

    /// Tells of reports that left, by their bytes on the path: data gives way to them.
    public mutating func passed(reports bytes: Int) { data.left(bytes) }

    mutating func append(_ message: Span<UInt8>, _ urgency: DataUrgency, tag: PacketTag, at now: Timestamp) -> Bool {
        if data.append(message, urgency, tag: tag, at: now) { return true }
        counters[urgency].refused += 1
        return false
    }

    /// Bytes on the wire of a packet that left.
    func wireBytes(_ packet: PacedPacket) -> Int {
        packet.bytes + (packet.kind.urgency == nil ? configuration.headers : configuration.dataOverhead)
    }
}

extension PacedKind {
    /// Nil for sound and pictures.
    public var urgency: DataUrgency? {
        switch self {
        case .urgentData: .urgent
        case .bulkData: .bulk
        case .retransmission, .video: nil
        }
    }
}

extension DataUrgency {
    /// The kind of its packets.
    public var kind: PacedKind {
        switch self {
        case .urgent: .urgentData
        case .bulk: .bulkData
        }
    }
}

extension Pacer.Counters {
    /// What went through of data.
    public struct Messages: Sendable, Equatable {
        public var messages: UInt64 = 0
        /// Bytes of the messages, nothing around them.
        public var bytes: UInt64 = 0
        /// Messages for which there was no room.
        public var refused: UInt64 = 0
        public var longestWait: Duration = .zero

        public init() {}
    }

    public internal(set) subscript(urgency: DataUrgency) -> Messages {
        get {
            switch urgency {
            case .urgent: urgentData
            case .bulk: bulkData
            }
        }
        set {
            switch urgency {
            case .urgent: urgentData = newValue
            case .bulk: bulkData = newValue
            }
        }
    }

    mutating func count(data packet: PacedPacket, _ urgency: DataUrgency, at now: Timestamp) {
        self[urgency].messages += 1
        self[urgency].bytes += UInt64(packet.bytes)
        self[urgency].longestWait = max(self[urgency].longestWait, now - packet.queuedAt)
    }
}
