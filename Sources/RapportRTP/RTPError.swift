/// Why an RTP packet or a payload was refused. Nothing of the packet is used after one of these.
public enum RTPError: Error, Hashable, Sendable {
    /// The bytes end before a field that has to be there; both counts in bytes.
    case truncated(needed: Int, actual: Int)
    /// The version field is not 2. RFC 3550 section 5.1.
    case unsupportedVersion(UInt8)
    /// The padding count is zero or larger than what lies behind the header. RFC 3550 section 5.1.
    case invalidPadding(UInt8)
    /// A VP8 key frame does not carry the start code. RFC 6386 section 9.1.
    case invalidStartCode
    /// More redundant blocks than anybody sends; the limit. RFC 2198.
    case tooManyBlocks(Int)
    /// A repair packet in a form that is not spoken here: the first byte of its header. FlexFEC, bits R and F.
    case unsupportedRepair(UInt8)
    /// A repair packet for other than one source; the number of them.
    case repairedSources(UInt8)
    /// A repair packet whose mask does not end, or names no packet.
    case invalidRepairMask
    /// The bytes that come out of a repair cannot be the packet that is missing; its length as recovered.
    case invalidRepair(Int)
}
