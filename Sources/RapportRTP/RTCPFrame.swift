import RapportBase

/// The common head of an RTCP packet. RFC 3550 section 6.4.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  count  |      PT       |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
struct RTCPFrame {
    let packetType: UInt8
    /// Report, source or chunk count; the format of a feedback message.
    let count: UInt8
    /// What lies behind the head, without padding.
    let body: Range<Int>
    /// First byte of the next packet.
    let end: Int

    init(parsing bytes: Span<UInt8>, at start: Int) throws(RTCPError) {
        guard bytes.count - start >= 4 else { throw .truncated(needed: start + 4, actual: bytes.count) }
        let first = bytes[start]
        guard first >> 6 == 2 else { throw .unsupportedVersion(first >> 6) }
        count = first & 0x1F
        packetType = bytes[start + 1]
        end = start + 4 + 4 * Int(bytes.uint16(at: start + 2))
        guard end <= bytes.count else { throw .truncated(needed: end, actual: bytes.count) }
        let padding = first & 0x20 != 0 ? bytes[end - 1] : 0
        // RFC 3550 section 6.4.1: the padding counts its own count byte. That it be a multiple of four is not asked:
        // browsers pad transport feedback with the one to three bytes that its deltas leave.
        if first & 0x20 != 0 {
            guard padding > 0, start + 4 + Int(padding) <= end else { throw .invalidPadding(padding) }
        }
        body = (start + 4)..<(end - Int(padding))
    }

    /// Throws when the body of a packet is shorter than `needed` bytes.
    static func require(_ needed: Int, of body: Span<UInt8>) throws(RTCPError) {
        guard body.count >= needed else { throw .truncated(needed: needed, actual: body.count) }
    }
}
