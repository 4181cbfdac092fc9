/// What two peer connections tell each other through the server, which carries it unread.
public enum SignalPayload: Hashable, Sendable {
    case description(Description)
    case candidate(Candidate)
    /// No more candidates in this generation. RFC 8838 section 13.
    case endOfCandidates

    /// `RTCSessionDescriptionInit` of webrtc-pc section 4.7.
    public struct Description: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, Hashable, Sendable { case offer, answer, pranswer, rollback }

        public var type: Kind
        public var sdp: String

        public init(type: Kind, sdp: String) {
            self.type = type
            self.sdp = sdp
        }
    }

    /// `RTCIceCandidateInit` of webrtc-pc section 4.8.1.
    public struct Candidate: Codable, Hashable, Sendable {
        public var candidate: String
        public var sdpMid: String?
        public var sdpMLineIndex: UInt16?
        public var usernameFragment: String?

        public init(
            candidate: String, sdpMid: String? = nil, sdpMLineIndex: UInt16? = nil, usernameFragment: String? = nil
        ) {
            self.candidate = candidate
            self.sdpMid = sdpMid
            self.sdpMLineIndex = sdpMLineIndex
            self.usernameFragment = usernameFragment
        }
    }
}

extension SignalPayload: Codable {
    private enum CodingKeys: String, CodingKey { case description, candidate, endOfCandidates }

    /// Takes exactly one of the three fields; lengths are held to `SignalingLimits`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard fields.allKeys.count == 1, let key = fields.allKeys.first else { throw SignalingError.malformed }
        switch key {
        case .description: self = .description(try fields.decode(Description.self, forKey: key))
        case .candidate: self = .candidate(try fields.decode(Candidate.self, forKey: key))
        case .endOfCandidates:
            guard try fields.decode(Bool.self, forKey: key) else { throw SignalingError.malformed }
            self = .endOfCandidates
        }
        try checkLengths()
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .description(let description): try fields.encode(description, forKey: .description)
        case .candidate(let candidate): try fields.encode(candidate, forKey: .candidate)
        case .endOfCandidates: try fields.encode(true, forKey: .endOfCandidates)
        }
    }

    private func checkLengths() throws(SignalingError) {
        switch self {
        case .description(let description):
            let bytes = description.sdp.utf8.count
            guard bytes <= SignalingLimits.description else { throw .descriptionTooLong(bytes: bytes) }
        case .candidate(let candidate):
            let bytes = candidate.candidate.utf8.count
            guard bytes <= SignalingLimits.candidate else { throw .candidateTooLong(bytes: bytes) }
            let rest = (candidate.sdpMid ?? "").utf8.count + (candidate.usernameFragment ?? "").utf8.count
            guard rest <= SignalingLimits.candidate else { throw .candidateTooLong(bytes: rest) }
        case .endOfCandidates: break
        }
    }
}
