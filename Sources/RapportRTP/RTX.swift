public import RapportBase

/// The payload of a retransmission: the original sequence number, then the original payload. RFC 4588 section 4.
public enum RTX {
    /// Bytes before the original payload.
    public static let headerLength = 2

    /// Appends the payload of a retransmission.
    public static func appendPayload(
        original: SequenceNumber, payload: Span<UInt8>, to bytes: inout [UInt8]
    ) {
        bytes.append(uint16: original.rawValue)
        bytes.append(payload, 0..<payload.count)
    }

    /// The sequence number of the packet that the payload repeats.
    /// - Throws: `RTPError.truncated`; a packet of padding alone has no number.
    public static func originalSequence(of payload: Span<UInt8>) throws(RTPError) -> SequenceNumber {
        guard payload.count >= headerLength else { throw .truncated(needed: headerLength, actual: payload.count) }
        return SequenceNumber(payload.uint16(at: 0))
    }

    /// The header of the original packet as it lies within the retransmission. RFC 4588 section 4: timestamp and
    /// marker are the original's.
    /// - Parameters:
    ///   - header: of the retransmission, parsed from `packet`.
    ///   - payloadType: of the original stream (`apt`).
    ///   - ssrc: of the original stream.
    public static func original(
        _ header: RTPHeader, in packet: Span<UInt8>, payloadType: PayloadType, ssrc: SSRC
    ) throws(RTPError) -> RTPHeader {
        var original = header
        original.sequenceNumber = try originalSequence(of: packet.extracting(header.payloadRange))
        original.payloadRange = (header.payloadRange.lowerBound + headerLength)..<header.payloadRange.upperBound
        original.payloadType = payloadType
        original.ssrc = ssrc
        return original
    }
}
