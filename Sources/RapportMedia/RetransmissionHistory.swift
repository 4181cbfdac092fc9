public import RapportBase

/// The packets sent lately, unprotected, so that a NACK can be answered. RFC 4588 section 3.
public struct RetransmissionHistory: ~Copyable {
    /// What became of the requests.
    public struct Counters: Sendable, Equatable {
        public var packetsRemembered: UInt64 = 0
        /// Packets handed out again.
        public var packetsRetransmitted: UInt64 = 0
        /// Payload and header bytes handed out again.
        public var bytesRetransmitted: UInt64 = 0
        /// Requests for packets that are not, or no longer, held.
        public var unknown: UInt64 = 0
        /// Requests within a round trip of the last retransmission, or before it left: the answer is still on its way.
        public var tooSoon: UInt64 = 0
        /// Packets that no slot could take.
        public var drops = DropCounts()

        public init() {}
    }

    public private(set) var counters = Counters()
    private var ring: PacketRing
    private var remembered: [Timestamp]
    private var resent: [Timestamp?]
    private var isWaiting: [Bool]
    private var attempts: [UInt8]
    private var newest: Int64?
    /// Where padding began to go back, and where it is.
    private var paddedFrom: Int64?
    private var nextPadding: Int64 = 0
    private let maximumAge: Duration
    private let maximumWait: Duration
    private var roundTrip: Duration = .milliseconds(50)

    /// - Parameters:
    ///   - slots: packets held at most; a power of two.
    ///   - slotBytes: the largest packet.
    ///   - maximumAge: packets older than this are not sent again.
    ///   - maximumWait: how long a packet handed out again may wait until it leaves, as the pacer has it; after that it was
    ///     dropped.
    public init(
        slots: Int = 1024, slotBytes: Int = 1500, maximumAge: Duration = .seconds(3),
        maximumWait: Duration
    ) {
        ring = PacketRing(slots: slots, slotBytes: slotBytes)
        remembered = Array(repeating: .zero, count: slots)
        resent = Array(repeating: nil, count: slots)
        isWaiting = Array(repeating: false, count: slots)
        attempts = Array(repeating: 0, count: slots)
        self.maximumAge = maximumAge
        self.maximumWait = maximumWait
    }

    /// Tells the round-trip time: within it a packet is not sent a third time.
    public mutating func update(roundTrip: Duration) { self.roundTrip = max(roundTrip, .milliseconds(5)) }

    /// Remembers a packet as it went to protection: RTX wraps the plain packet.
    public mutating func remember(_ sequence: SequenceNumber, _ packet: Span<UInt8>, at now: Timestamp) {
        let number = unwrapped(sequence)
        guard ring.insert(number, packet) else {
            return counters.drops.add(packet.count > ring.slotBytes ? .oversized : .duplicate)
        }
        newest = max(newest ?? number, number)
        remembered[slot(number)] = now
        resent[slot(number)] = nil
        isWaiting[slot(number)] = false
        attempts[slot(number)] = 0
        counters.packetsRemembered += 1
    }

    /// How often a packet was handed out again; zero for one that is not held.
    public func attempts(of sequence: SequenceNumber) -> Int {
        let number = unwrapped(sequence)
        return ring.contains(number) ? Int(attempts[slot(number)]) : 0
    }

    /// Tells that a packet handed out again has left, or could not be queued: what is asked for again was lost then.
    public mutating func left(_ sequence: SequenceNumber, at now: Timestamp) {
        let number = unwrapped(sequence)
        guard ring.contains(number), resent[slot(number)] != nil else { return }
        resent[slot(number)] = now
        isWaiting[slot(number)] = false
    }

    /// Answers one sequence number of a NACK: calls `body` with the packet. Nil when it is refused, which is counted.
    ///
    /// The packet counts as waiting until `left(_:at:)`.
    public mutating func retransmit<Result>(
        _ sequence: SequenceNumber, at now: Timestamp, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        let number = unwrapped(sequence)
        guard ring.contains(number), now - remembered[slot(number)] <= maximumAge else {
            counters.unknown += 1
            return nil
        }
        if let last = resent[slot(number)], now - last < (isWaiting[slot(number)] ? maximumWait : roundTrip) {
            counters.tooSoon += 1
            return nil
        }
        resent[slot(number)] = now
        isWaiting[slot(number)] = true
        attempts[slot(number)] = attempts[slot(number)] &+ 1
        counters.packetsRetransmitted += 1
        var bytes = 0
        let result = ring.withPacket(number) { packet in
            bytes = packet.count
            return body(packet)
        }
        counters.bytesRetransmitted += UInt64(bytes)
        return result
    }

    /// Hands out a packet to fill a probe with: the newest first, then those before it. Nil when none of a second is
    /// small enough.
    public mutating func pad<Result>(
        upTo limit: Int, at now: Timestamp, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        guard let newest else { return nil }
        if paddedFrom != newest { (paddedFrom, nextPadding) = (newest, newest) }
        for number in stride(from: nextPadding, to: max(nextPadding - 8, -1), by: -1) {
            guard ring.contains(number), now - remembered[slot(number)] <= .seconds(1) else { break }
            nextPadding = number - 1
            let result = ring.withPacket(number) { packet in packet.count <= limit ? body(packet) : nil }
            if let result = result ?? nil { return result }
        }
        paddedFrom = nil
        return nil
    }

    /// Hands out once more a packet that was just asked for a second time; nil when it is not held.
    public mutating func retransmitAgain<Result>(
        _ sequence: SequenceNumber, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        let result = withPacket(sequence, body)
        if result != nil { counters.packetsRetransmitted += 1 }
        return result
    }

    /// Looks at a packet; nil when it is not held.
    public func withPacket<Result>(_ sequence: SequenceNumber, _ body: (Span<UInt8>) -> Result) -> Result? {
        let number = unwrapped(sequence)
        return ring.contains(number) ? ring.withPacket(number, body) : nil
    }

    private func slot(_ number: Int64) -> Int { Int(number & Int64(ring.slots - 1)) }

    // Nearest to the newest packet, so that a NACK for an old one never moves the count. The offset keeps a first
    // packet's predecessors from becoming negative.
    private func unwrapped(_ sequence: SequenceNumber) -> Int64 {
        guard let newest else { return Int64(sequence.rawValue) + 65_536 }
        return newest + Int64(sequence.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: newest))))
    }
}
