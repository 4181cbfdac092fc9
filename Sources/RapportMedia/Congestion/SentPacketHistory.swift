public import RapportBase
public import RapportRTP

/// What left with a transport-wide number, until feedback has spoken of it.
///
/// Turns feedback, which names packets by 16 bits, into results for an estimator. Holds the newest `slots` packets in a
/// block allocated once. A packet reported lost that is reported again as arrived is given out once more, as arrived.
public struct SentPacketHistory: Sendable {
    /// What feedback said that could not be used, and what it corrected.
    public struct Counters: Sendable, Equatable {
        /// Packets that came out of `results`, as arrived or as lost.
        public var reported: UInt64 = 0
        /// Statuses for numbers never sent, or sent too long ago to be remembered.
        public var unknown: UInt64 = 0
        /// Arrivals told more than once, losses told again.
        public var duplicate: UInt64 = 0
        /// Arrivals of packets that were reported lost before.
        public var late: UInt64 = 0
        /// Arrivals without a time.
        public var untimed: UInt64 = 0
        /// Packets that a queue on the way marked.
        public var marked: UInt64 = 0

        public init() {}
    }

    private enum Fate: UInt8 {
        case unsent, underWay, lost, arrived
    }

    public internal(set) var counters = Counters()
    /// Bytes sent and neither reported on nor behind a packet reported on.
    public private(set) var bytesUnderWay = 0
    private let slots: Int
    private var packets: [SentPacket]
    private var fates: [Fate]
    private var newest: Int64 = -1
    /// Everything up to this number counts no longer as under way.
    private var newestReported: Int64 = -1
    private var times = ReferenceTimeUnwrapper()
    var reportTimes = ReportTimeUnwrapper()
    var index = StreamNumberIndex()

    /// - Parameter slots: packets remembered; a power of two, at most 32,768 so that 16 bits are not ambiguous.
    public init(slots: Int = 4096) {
        precondition(slots > 0 && slots & (slots - 1) == 0 && slots <= 32_768, "slots: a power of two up to 32,768")
        self.slots = slots
        packets = Array(repeating: SentPacket(number: -1, bytes: 0, sentAt: .zero, kind: .padding), count: slots)
        fates = Array(repeating: .unsent, count: slots)
    }

    /// The number that the next packet has to carry; its low 16 bits go on the wire.
    public var nextNumber: Int64 { newest + 1 }

    /// Remembers a packet that is also told apart by its stream. RFC 8888.
    public mutating func insert(_ packet: SentPacket, source: SSRC, sequence: SequenceNumber) {
        guard packet.number > newest else { return }
        index.insert(packet.number, source: source, sequence: sequence)
        insert(packet)
    }

    /// Remembers a packet. Numbers must grow; one that does not is ignored.
    public mutating func insert(_ packet: SentPacket) {
        guard packet.number > newest else { return }
        let slot = slot(packet.number)
        if fates[slot] == .underWay { forget(packets[slot]) }
        packets[slot] = packet
        fates[slot] = .underWay
        newest = packet.number
        bytesUnderWay += packet.bytesOfPath
    }

    /// Appends a result for each packet that `feedback` says something new about, in order of number.
    public mutating func results(of feedback: TransportFeedback, into results: inout [PacketResult]) {
        let origin = times.unwrap(feedback.referenceTime)
        let first = unwrap(feedback.baseSequence)
        for (offset, delta) in feedback.arrivals.enumerated() {
            let arrival = delta.map { origin + $0 }
            guard let result = take(first &+ Int64(offset), arrival: arrival) else { continue }
            results.append(result)
            counters.reported += 1
        }
        if !feedback.arrivals.isEmpty { passed(through: first &+ Int64(feedback.arrivals.count - 1)) }
    }

    mutating func take(_ number: Int64, arrival: Timestamp?) -> PacketResult? {
        let slot = slot(number)
        guard number >= 0, number <= newest, packets[slot].number == number else {
            counters.unknown += 1
            return nil
        }
        switch (fates[slot], arrival) {
        case (.arrived, _), (.lost, nil), (.unsent, _):
            counters.duplicate += 1
            return nil
        case (.lost, .some):
            counters.late += 1
        case (.underWay, _):
            forget(packets[slot])
        }
        fates[slot] = arrival == nil ? .lost : .arrived
        return PacketResult(packet: packets[slot], arrival: arrival)
    }

    // A lost feedback message leaves packets unreported for ever: they must not fill the window.
    mutating func passed(through number: Int64) {
        let last = min(number, newest)
        var next = max(newestReported + 1, newest - Int64(slots) + 1)
        while next <= last {
            let slot = slot(next)
            if packets[slot].number == next, fates[slot] == .underWay { forget(packets[slot]) }
            next += 1
        }
        newestReported = max(newestReported, last)
    }

    private mutating func forget(_ packet: SentPacket) {
        if packet.number > newestReported { bytesUnderWay -= packet.bytesOfPath }
    }

    // Feedback can only speak of what was sent: the number is the newest one, or before it.
    private func unwrap(_ sequence: SequenceNumber) -> Int64 {
        let newest16 = SequenceNumber(UInt16(truncatingIfNeeded: newest))
        return newest + Int64(sequence.distance(from: newest16))
    }

    private func slot(_ number: Int64) -> Int { Int(number & Int64(slots - 1)) }
}
