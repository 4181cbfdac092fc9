public import RapportBase
public import RapportRTP

/// Brings back lost packets of one source from those that arrived and the repair packets that protect them.
///
/// A repair packet with one missing packet gives it at once; with more it waits for others, up to `maximumWaiting` of
/// them, the oldest giving way. What comes back helps the ones that wait.
public struct RepairDecoder: ~Copyable {
    /// What came in and what became of it.
    public struct Counters: Sendable, Equatable {
        /// Repair packets. webrtc-stats: fecPacketsReceived.
        public var packetsReceived: UInt64 = 0
        /// Their bytes, headers left out. webrtc-stats: fecBytesReceived.
        public var bytesReceived: UInt64 = 0
        /// Repair packets from which nothing came: nothing was missing, too much was, or they were malformed.
        /// webrtc-stats: fecPacketsDiscarded.
        public var packetsDiscarded: UInt64 = 0
        /// Packets brought back.
        public var recovered: UInt64 = 0

        public init() {}
    }

    private struct Waiting {
        var header: FlexFECHeader
        var payload: [UInt8]
    }

    /// Repair packets kept while more than one of their packets is missing.
    public static let maximumWaiting = 32
    // A repair packet names no more than 109 numbers: with twice that, all of a late one are still there.
    private static let slots = 256

    public private(set) var counters = Counters()
    private let source: SSRC
    private var ring: PacketRing
    private var waiting: [Waiting] = []
    private var newest: Int64?
    private var restored: [(sequence: SequenceNumber, packet: [UInt8])] = []

    /// - Parameter source: whose packets come back.
    public init(source: SSRC, slotBytes: Int = 1500) {
        self.source = source
        ring = PacketRing(slots: Self.slots, slotBytes: slotBytes)
    }

    public var waitingCount: Int { waiting.count }

    /// Memory that repair packets take while they wait: no more than `maximumWaiting` of the largest packets.
    public var waitingBytes: Int { waiting.reduce(0) { $0 + $1.payload.count } }

    /// Takes a packet of the source as it was before it was stamped.
    public mutating func insert(_ sequence: SequenceNumber, _ packet: Span<UInt8>) {
        if let newest, abs(place(sequence) - newest) > Self.jump { restart() }
        let number = place(sequence)
        guard ring.insert(number, packet) else { return }
        newest = max(newest ?? number, number)
        settle()
    }

    // Out of all proportion: another beginning. A single stray packet costs what waits, which is little.
    private static let jump: Int64 = 1000

    private mutating func restart() {
        ring.removeAll()
        counters.packetsDiscarded += UInt64(waiting.count)
        waiting.removeAll()
        newest = nil
    }

    /// Takes the payload of a repair packet.
    public mutating func insertRepair(_ payload: Span<UInt8>) throws(RTPError) {
        counters.packetsReceived += 1
        counters.bytesReceived += UInt64(payload.count)
        do throws(RTPError) {
            let header = try FlexFECHeader(parsing: payload)
            guard header.source == source else { throw .invalidRepairMask }
            // Parity is as long as the longest packet that it protects, and none that is longer is taken here.
            let longest = FlexFECHeader.length(span: FlexFECHeader.maximumSpan) - RTPHeader.fixedLength + ring.slotBytes
            guard payload.count <= longest else { throw .invalidRepair(payload.count) }
            try take(header, payload)
        } catch {
            counters.packetsDiscarded += 1
            throw error
        }
    }

    /// The next packet that came back.
    public mutating func takeRestored() -> (sequence: SequenceNumber, packet: [UInt8])? {
        restored.isEmpty ? nil : restored.removeFirst()
    }

    private mutating func take(_ header: FlexFECHeader, _ payload: Span<UInt8>) throws(RTPError) {
        let first = place(header.base)
        // All of the present is beyond reach of a repair packet this far away.
        if let newest, abs(first - newest) > Int64(Self.slots) / 2 { return counters.packetsDiscarded += 1 }
        let (missing, count) = missing(header)
        switch count {
        case 0: counters.packetsDiscarded += 1
        case 1:
            try restore(missing, header, payload)
            settle()
        default:
            if waiting.count >= Self.maximumWaiting {
                waiting.removeFirst()
                counters.packetsDiscarded += 1
            }
            waiting.append(Waiting(header: header, payload: Self.copy(payload)))
        }
    }

    private static func copy(_ span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(span.count)
        bytes.append(span, 0..<span.count)
        return bytes
    }

    // Each packet that comes back may be the last but one that another waits for.
    private mutating func settle() {
        guard !waiting.isEmpty else { return }
        var isMoving = true
        while isMoving {
            isMoving = false
            for (index, entry) in waiting.enumerated() {
                let (missing, count) = missing(entry.header)
                guard count < 2 || isOver(entry.header) else { continue }
                waiting.remove(at: index)
                let isOfUse = count == 1 && (try? restore(missing, entry.header, entry.payload.span)) != nil
                if !isOfUse { counters.packetsDiscarded += 1 }
                isMoving = true
                break
            }
        }
    }

    private func isOver(_ header: FlexFECHeader) -> Bool {
        newest.map { $0 - place(header.base) > Int64(Self.slots) / 2 } ?? false
    }

    /// A packet that is missing, and how many are.
    private func missing(_ header: FlexFECHeader) -> (number: Int64, count: Int) {
        let first = place(header.base)
        var (rest, found, count) = (header.mask, first, 0)
        while rest != 0 {
            let number = first + Int64(rest.trailingZeroBitCount)
            if !ring.contains(number) { (found, count) = (number, count + 1) }
            rest &= rest - 1
        }
        return (found, count)
    }

    private mutating func restore(
        _ number: Int64, _ header: FlexFECHeader, _ payload: Span<UInt8>
    ) throws(RTPError) {
        var parity = Parity(header, payload)
        let first = place(header.base)
        var rest = header.mask
        while rest != 0 {
            ring.withPacket(first + Int64(rest.trailingZeroBitCount)) { _ = parity.add($0) }
            rest &= rest - 1
        }
        var packet: [UInt8] = []
        let sequence = SequenceNumber(UInt16(truncatingIfNeeded: number))
        try parity.restore(sequence, of: source, into: &packet)
        guard ring.insert(number, packet.span) else { throw .invalidRepair(packet.count) }
        // One that was lost last lies ahead of all that came.
        newest = max(newest ?? number, number)
        counters.recovered += 1
        restored.append((sequence, packet))
    }

    // Nearest to the newest packet; the offset keeps packets from before the first one from becoming negative.
    private func place(_ sequence: SequenceNumber) -> Int64 {
        guard let newest else { return Int64(sequence.rawValue) + 65_536 }
        return newest + Int64(sequence.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: newest))))
    }
}
