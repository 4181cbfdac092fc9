/// What a participant tells the server: one JSON object a text frame, told apart by `type`.
public enum ClientMessage: Hashable, Sendable {
    /// First message of every connection.
    case hello(Hello)
    /// The devices are chosen; asks to be let in.
    case ready(Ready)
    case admit(PeerID)
    case decline(PeerID)
    case signal(to: PeerID, SignalPayload)
    case media(MediaState)
    /// Whether media flow with a peer.
    case link(LinkReport)
    case leave
    /// Ends the session for everybody.
    case end
    case ping
    case pong

    /// Who comes, by a grant that counts once or by the secret of an earlier connection.
    public struct Hello: Codable, Hashable, Sendable {
        public var version: Int
        public var grant: String?
        public var resume: String?
        /// A word for statistics, such as `browser` or `terminal`.
        public var clientKind: String?

        public init(version: Int = 1, grant: String? = nil, resume: String? = nil, clientKind: String? = nil) {
            self.version = version
            self.grant = grant
            self.resume = resume
            self.clientKind = clientKind
        }
    }

    public struct Ready: Codable, Hashable, Sendable {
        public var name: DisplayName?
        public var devices: MediaState?

        public init(name: DisplayName? = nil, devices: MediaState? = nil) {
            self.name = name
            self.devices = devices
        }
    }

    public struct LinkReport: Codable, Hashable, Sendable {
        public enum Link: String, Codable, Hashable, Sendable { case connected, disconnected }

        public var peer: PeerID
        public var state: Link

        public init(peer: PeerID, state: Link) {
            self.peer = peer
            self.state = state
        }
    }
}

extension ClientMessage: Codable {
    private enum Kind: String, Codable {
        case hello, ready, admit, decline, signal, media, link, leave, end, ping, pong
    }

    private enum CodingKeys: String, CodingKey { case type, peer, to }

    /// Unknown fields are ignored; an unknown type throws `SignalingError.unknownType`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let kind = Kind(rawValue: try fields.decode(String.self, forKey: .type)) else {
            throw SignalingError.unknownType
        }
        switch kind {
        case .hello: self = .hello(try Hello(from: decoder).checked())
        case .ready: self = .ready(try Ready(from: decoder))
        case .admit: self = .admit(try fields.decode(PeerID.self, forKey: .peer))
        case .decline: self = .decline(try fields.decode(PeerID.self, forKey: .peer))
        case .signal:
            self = .signal(to: try fields.decode(PeerID.self, forKey: .to), try SignalPayload(from: decoder))
        case .media: self = .media(try MediaState(from: decoder))
        case .link: self = .link(try LinkReport(from: decoder))
        case .leave: self = .leave
        case .end: self = .end
        case .ping: self = .ping
        case .pong: self = .pong
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(kind, forKey: .type)
        switch self {
        case .hello(let hello): try hello.encode(to: encoder)
        case .ready(let ready): try ready.encode(to: encoder)
        case .admit(let peer), .decline(let peer): try fields.encode(peer, forKey: .peer)
        case .signal(let to, let payload):
            try fields.encode(to, forKey: .to)
            try payload.encode(to: encoder)
        case .media(let media): try media.encode(to: encoder)
        case .link(let report): try report.encode(to: encoder)
        case .leave, .end, .ping, .pong: break
        }
    }

    private var kind: Kind {
        switch self {
        case .hello: .hello
        case .ready: .ready
        case .admit: .admit
        case .decline: .decline
        case .signal: .signal
        case .media: .media
        case .link: .link
        case .leave: .leave
        case .end: .end
        case .ping: .ping
        case .pong: .pong
        }
    }
}

extension ClientMessage.Hello {
    fileprivate func checked() throws(SignalingError) -> Self {
        guard version == 1 else { throw .unsupportedVersion(version) }
        for token in [grant, resume, clientKind] where (token ?? "").utf8.count > SignalingLimits.token {
            throw .tokenInvalid
        }
        // Exactly one of the two says who comes.
        guard (grant == nil) != (resume == nil) else { throw .tokenInvalid }
        return self
    }
}
