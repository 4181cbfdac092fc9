/// What is wrong with a message, or with what it asks for.
///
/// `code` is stable and travels in `error` messages; numbers stay here.
public enum SignalingError: Error, Hashable, Sendable {
    /// Not JSON, or a field is missing or of the wrong kind.
    case malformed
    case unknownType
    case unsupportedVersion(Int)
    case messageTooLong(bytes: Int)
    case descriptionTooLong(bytes: Int)
    case candidateTooLong(bytes: Int)
    case tooManyCandidates
    case nameInvalid
    case tokenInvalid
    /// The first message was not `hello`, or `hello` came twice.
    case helloExpected
    /// The grant or resume secret is unknown, used or too old; which one is not told.
    case notAuthorized
    /// The same invitation is in the session from another place.
    case alreadyJoined
    case sessionFull
    case notOpen
    case nobodyWaiting
    case knockTooSoon
    case notAdmitted
    case notAllowed
    /// The named peer is not in reach of the sender.
    case noSuchPeer
    case outOfOrder
    case tooFast
    case ended
    /// The server cannot answer at the moment.
    case unavailable

    /// The stable name that `error` messages carry.
    public var code: String {
        switch self {
        case .malformed: "malformed"
        case .unknownType: "unknown-type"
        case .unsupportedVersion: "unsupported-version"
        case .messageTooLong: "message-too-long"
        case .descriptionTooLong: "description-too-long"
        case .candidateTooLong: "candidate-too-long"
        case .tooManyCandidates: "too-many-candidates"
        case .nameInvalid: "name-invalid"
        case .tokenInvalid: "token-invalid"
        case .helloExpected: "hello-expected"
        case .notAuthorized: "not-authorized"
        case .alreadyJoined: "already-joined"
        case .sessionFull: "session-full"
        case .notOpen: "not-open"
        case .nobodyWaiting: "nobody-waiting"
        case .knockTooSoon: "knock-too-soon"
        case .notAdmitted: "not-admitted"
        case .notAllowed: "not-allowed"
        case .noSuchPeer: "no-such-peer"
        case .outOfOrder: "out-of-order"
        case .tooFast: "too-fast"
        case .ended: "ended"
        case .unavailable: "unavailable"
        }
    }
}
