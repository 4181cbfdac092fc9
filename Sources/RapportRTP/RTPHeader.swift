public import RapportBase

/// The fixed header of an RTP packet and where its parts are. RFC 3550 section 5.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           timestamp                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           synchronization source (SSRC) identifier            |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |            contributing source (CSRC) identifiers             |
/// |                             ....                              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// Ranges are offsets into the packet that was parsed; the header holds none of its bytes.
public struct RTPHeader: Sendable, Equatable {
    /// Bytes of the header before contributing sources and extensions.
    public static let fixedLength = 12

    public var marker: Bool
    public var payloadType: PayloadType
    public var sequenceNumber: SequenceNumber
    public var timestamp: RTPTimestamp
    public var ssrc: SSRC
    /// How many contributing sources the packet names, 0...15.
    public var contributingSources: Int
    /// The 16 bits "defined by profile" of the extension, nil without one. RFC 3550 section 5.3.1.
    public var extensionProfile: UInt16?
    /// The body of the extension behind its four-byte head; empty without one.
    public var extensionRange: Range<Int>
    /// The payload without padding; it may be empty.
    public var payloadRange: Range<Int>
    /// Bytes of padding behind the payload, its count byte included.
    public var paddingCount: Int

    /// Parses the packet's header and checks that every part lies within the packet.
    /// - Throws: `RTPError.truncated`, `.unsupportedVersion` or `.invalidPadding`.
    public init(parsing packet: Span<UInt8>) throws(RTPError) {
        try Self.require(Self.fixedLength, of: packet)
        let first = packet[0]
        guard first >> 6 == 2 else { throw .unsupportedVersion(first >> 6) }
        marker = packet[1] & 0x80 != 0
        payloadType = PayloadType(masking: packet[1])
        sequenceNumber = SequenceNumber(packet.uint16(at: 2))
        timestamp = RTPTimestamp(packet.uint32(at: 4))
        ssrc = SSRC(packet.uint32(at: 8))
        contributingSources = Int(first & 0x0F)
        var end = Self.fixedLength + 4 * contributingSources
        try Self.require(end, of: packet)
        extensionProfile = nil
        extensionRange = end..<end
        if first & 0x10 != 0 {
            try Self.require(end + 4, of: packet)
            extensionProfile = packet.uint16(at: end)
            extensionRange = (end + 4)..<(end + 4 + 4 * Int(packet.uint16(at: end + 2)))
            end = extensionRange.upperBound
            try Self.require(end, of: packet)
        }
        paddingCount = first & 0x20 != 0 ? try Self.padding(of: packet, behind: end) : 0
        payloadRange = end..<(packet.count - paddingCount)
    }

    /// The contributing source at `index`, which is below `contributingSources`.
    public func contributingSource(_ index: Int, in packet: Span<UInt8>) -> SSRC {
        precondition((0..<contributingSources).contains(index), "no such contributing source")
        return SSRC(packet.uint32(at: Self.fixedLength + 4 * index))
    }

    private static func require(_ length: Int, of packet: Span<UInt8>) throws(RTPError) {
        guard packet.count >= length else { throw .truncated(needed: length, actual: packet.count) }
    }

    // RFC 3550 section 5.1: the last byte says how many bytes of padding there are, itself included.
    private static func padding(of packet: Span<UInt8>, behind header: Int) throws(RTPError) -> Int {
        let count = packet[packet.count - 1]
        guard count > 0, header + Int(count) <= packet.count else { throw .invalidPadding(count) }
        return Int(count)
    }
}
