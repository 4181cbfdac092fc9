extension SignalingError {
    /// A plain sentence for the person at the other end.
    public var message: String {
        switch self {
        case .malformed: "The message could not be read."
        case .unknownType: "The message is of a kind that this server does not know."
        case .unsupportedVersion: "This server speaks version 1 of the protocol."
        case .messageTooLong: "The message is too long."
        case .descriptionTooLong: "The session description is too long."
        case .candidateTooLong: "The candidate is too long."
        case .tooManyCandidates: "Too many candidates were sent."
        case .nameInvalid: "The name is empty, too long, or has characters that cannot be shown."
        case .tokenInvalid: "Exactly one of grant and resume is needed, of at most 128 bytes."
        case .helloExpected: "The first message of a connection is hello, once."
        case .notAuthorized: "This link is not valid now."
        case .alreadyJoined: "This link is in use from another place."
        case .sessionFull: "The session has as many people as it may hold."
        case .notOpen: "The session is not open yet."
        case .nobodyWaiting: "Nobody waits yet."
        case .knockTooSoon: "Please wait a moment before you ask again."
        case .notAdmitted: "You have not been let in yet."
        case .notAllowed: "Your part in this session does not allow that."
        case .noSuchPeer: "That person is not in reach."
        case .outOfOrder: "The message does not fit the state of the session."
        case .tooFast: "Too many messages in a short time."
        case .ended: "The session has ended."
        case .unavailable: "The server cannot do this at the moment. Please try again."
        }
    }
}
