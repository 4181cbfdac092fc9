import RapportBase

/// The messages of data that wait in a pacer, and what they are entitled to.
///
/// Three allowances decide. Each urgency has one for what it is guaranteed (`BitrateAllocation.urgentData(of:)`,
/// `.bulkData(of:)`), whatever else waits; the third is for what all that is sent leaves of the target rate. A message
/// takes from its guarantee by whatever right it leaves, so a guarantee helps only those who got less.
struct PacedData: ~Copyable {
    private let configuration: Pacer.Configuration
    private var urgent: PacketQueue
    private var bulk: PacketQueue
    private var urgentShare: ByteAllowance
    private var bulkShare = ByteAllowance()
    private var spare = ByteAllowance()

    init(_ configuration: Pacer.Configuration) {
        self.configuration = configuration
        urgent = PacketQueue(slots: configuration.urgentDataSlots, slotBytes: configuration.slotBytes)
        bulk = PacketQueue(slots: configuration.bulkDataSlots, slotBytes: configuration.slotBytes)
        urgentShare = ByteAllowance(Double(configuration.urgentCredit))
    }

    var isEmpty: Bool { urgent.isEmpty && bulk.isEmpty }

    func bytes(_ urgency: DataUrgency) -> Int {
        switch urgency {
        case .urgent: urgent.bytes
        case .bulk: bulk.bytes
        }
    }

    /// The longest message that would be taken now.
    func room(_ urgency: DataUrgency) -> Int {
        let hasSlot =
            switch urgency {
            case .urgent: urgent.count < configuration.urgentDataSlots
            case .bulk: bulk.count < configuration.bulkDataSlots
            }
        return hasSlot ? min(max(configuration.dataBytes - bytes(urgency), 0), configuration.slotBytes) : 0
    }

    mutating func append(_ message: Span<UInt8>, _ urgency: DataUrgency, tag: PacketTag, at now: Timestamp) -> Bool {
        guard message.count <= room(urgency) else { return false }
        switch urgency {
        case .urgent: return urgent.append(message, tag: tag, at: now) == nil
        case .bulk: return bulk.append(message, tag: tag, at: now) == nil
        }
    }

    // MARK: Rights

    /// Lets the allowances grow.
    /// - Parameters:
    ///   - pacing: what guarantees are shares of.
    ///   - target: what everything that is sent is taken from.
    mutating func refill(pacing: Bitrate, target: Bitrate, at now: Timestamp) {
        // A guarantee is overdrawn by one packet at most: who took what was spare is not punished for it.
        let debt = -Double(configuration.slotBytes + configuration.dataOverhead)
        urgentShare.refill(
            at: BitrateAllocation.urgentData(of: pacing), within: debt...Double(configuration.urgentCredit), now: now)
        bulkShare.refill(at: BitrateAllocation.bulkData(of: pacing), within: debt...0, now: now)
        // What was not used a moment ago is gone, as it is on the path; and a key frame is not waited out for ever.
        let second = target.real / 8
        spare.refill(at: target, within: -second / 2...second / 100, now: now)
    }

    /// Tells of a packet that left, by its bytes on the wire.
    mutating func left(_ bytes: Int) { spare.spend(bytes) }

    /// Takes a message that is entitled to leave before retransmissions and pictures.
    mutating func takeGuaranteed(into packet: inout [UInt8]) -> PacedPacket? {
        if urgentShare.isOpen, !urgent.isEmpty { return take(.urgent, into: &packet) }
        if bulkShare.isOpen, !bulk.isEmpty { return take(.bulk, into: &packet) }
        return nil
    }

    /// Takes a message that has what nobody else wants.
    mutating func takeSpare(into packet: inout [UInt8]) -> PacedPacket? {
        guard spare.isOpen else { return nil }
        return take(urgent.isEmpty ? .bulk : .urgent, into: &packet)
    }

    private mutating func take(_ urgency: DataUrgency, into packet: inout [UInt8]) -> PacedPacket? {
        switch urgency {
        case .urgent:
            let taken = urgent.removeFirst(kind: .urgentData, into: &packet)
            if let taken { urgentShare.spend(taken.bytes + configuration.dataOverhead) }
            return taken
        case .bulk:
            let taken = bulk.removeFirst(kind: .bulkData, into: &packet)
            if let taken { bulkShare.spend(taken.bytes + configuration.dataOverhead) }
            return taken
        }
    }

    /// When the next message is entitled to leave; nil when none waits.
    func deadline(pacing: Bitrate, target: Bitrate) -> Timestamp? {
        guard !isEmpty else { return nil }
        var next = spare.opening(at: target)
        if !urgent.isEmpty { next = min(next, urgentShare.opening(at: BitrateAllocation.urgentData(of: pacing))) }
        if !bulk.isEmpty { next = min(next, bulkShare.opening(at: BitrateAllocation.bulkData(of: pacing))) }
        return next
    }
}
