public import RapportBase

/// The exclusive or of RTP packets: from all but one of those that went in, the missing one comes out.
/// draft-ietf-payload-flexible-fec-scheme-03 section 6.2 and 6.3.
///
/// The fixed header goes into `recovery` but for sequence number and SSRC, which the repair packet names; everything
/// behind it, contributing sources, extensions and padding included, into `bytes`.
public struct Parity: Sendable, Equatable {
    /// As in `FlexFECHeader`.
    public private(set) var recovery: UInt64 = 0
    /// As long as the longest packet, without its fixed header.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Of a repair packet's payload.
    public init(_ header: FlexFECHeader, _ payload: Span<UInt8>) {
        recovery = header.recovery
        bytes.append(payload, FlexFECHeader.length(of: payload)..<payload.count)
    }

    /// As nothing had been added; the memory stays.
    public mutating func removeAll() {
        recovery = 0
        bytes.removeAll(keepingCapacity: true)
    }

    /// Adds a packet, or takes it out again.
    /// - Returns: false, and nothing changed, for what is shorter than an RTP header or longer than 65,535 bytes more.
    @discardableResult
    public mutating func add(_ packet: Span<UInt8>) -> Bool {
        let count = packet.count - RTPHeader.fixedLength
        guard let length = UInt16(exactly: count) else { return false }
        let start = UInt64(packet.uint16(at: 0) & 0x3FFF) << 48 | UInt64(length) << 32
        recovery ^= start | UInt64(packet.uint32(at: 4))
        while bytes.count < count { bytes.append(0) }
        var target = bytes.mutableSpan
        for index in 0..<count { target[index] ^= packet[index + RTPHeader.fixedLength] }
        return true
    }

    /// Adds all packets that went into another one.
    public mutating func add(_ other: Parity) {
        recovery ^= other.recovery
        while bytes.count < other.bytes.count { bytes.append(0) }
        for index in other.bytes.indices { bytes[index] ^= other.bytes[index] }
    }

    /// The one packet that is left when all others were taken out, in place of what `packet` held.
    /// - Throws: `invalidRepair` when what is left is longer than any packet that went in.
    public func restore(
        _ sequence: SequenceNumber, of source: SSRC, into packet: inout [UInt8]
    ) throws(RTPError) {
        let length = Int(recovery >> 32 & 0xFFFF)
        guard length <= bytes.count else { throw .invalidRepair(length) }
        packet.removeAll(keepingCapacity: true)
        // RFC 3550 section 5.1: version 2, which is not part of the parity.
        packet.append(uint16: UInt16(truncatingIfNeeded: recovery >> 48) & 0x3FFF | 0x8000)
        packet.append(uint16: sequence.rawValue)
        packet.append(uint32: UInt32(truncatingIfNeeded: recovery))
        packet.append(uint32: source.rawValue)
        packet.append(bytes.span, 0..<length)
    }
}
