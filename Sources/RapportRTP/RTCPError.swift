/// Why an RTCP datagram was refused. Nothing of the datagram is used after one of these.
public enum RTCPError: Error, Hashable, Sendable {
    /// The bytes end before a field that has to be there; both counts in bytes.
    case truncated(needed: Int, actual: Int)
    /// The version field is not 2. RFC 3550 section 6.4.1.
    case unsupportedVersion(UInt8)
    /// The padding count is zero or larger than the packet. RFC 3550 section 6.4.1.
    case invalidPadding(UInt8)
    /// The body of a packet contradicts itself.
    case malformed(packetType: UInt8, count: UInt8)
    /// The transport feedback of one datagram reports more packets than there are sequence numbers.
    case tooManyStatuses(Int)
}
