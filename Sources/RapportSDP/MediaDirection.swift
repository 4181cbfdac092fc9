/// Which way media flows, seen from the side that wrote the description. RFC 8866 section 6.7.
public enum MediaDirection: String, Hashable, Sendable, CaseIterable {
    case sendrecv
    case sendonly
    case recvonly
    case inactive

    /// The direction with these two halves.
    public init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendrecv : .sendonly) : (receives ? .recvonly : .inactive)
    }

    /// True for `sendrecv` and `sendonly`.
    public var sends: Bool {
        switch self {
        case .sendrecv, .sendonly: true
        case .recvonly, .inactive: false
        }
    }

    /// True for `sendrecv` and `recvonly`.
    public var receives: Bool {
        switch self {
        case .sendrecv, .recvonly: true
        case .sendonly, .inactive: false
        }
    }

    /// The same flow seen from the other side.
    public var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

    /// What both sides' directions leave over. RFC 9429 section 5.3.1.
    public func intersection(_ other: MediaDirection) -> MediaDirection {
        MediaDirection(sends: sends && other.sends, receives: receives && other.receives)
    }
}
