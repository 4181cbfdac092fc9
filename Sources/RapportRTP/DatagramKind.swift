/// Whom a datagram of a multiplexed transport is for. RFC 7983 section 7; RFC 5761 section 4.
public enum DatagramKind: Sendable, Hashable {
    case stun
    case dtls
    case rtp
    case rtcp
    case turnChannel
    /// Of no known kind, or shorter than the header of its kind.
    case unknown

    /// Looks at the first two bytes and at the length.
    public init(_ datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        let (kind, shortest): (DatagramKind, Int) =
            switch datagram[0] {
            case 0...3: (.stun, 20)
            case 20...63: (.dtls, 13)
            case 64...79: (.turnChannel, 4)
            // RFC 5761 section 4: RTCP packet types 192...223 are what the marker and payload types 64...95 would be.
            case 128...191: (192...223).contains(datagram[1]) ? (.rtcp, 8) : (.rtp, 12)
            default: (.unknown, 0)
            }
        self = datagram.count >= shortest ? kind : .unknown
    }
}
