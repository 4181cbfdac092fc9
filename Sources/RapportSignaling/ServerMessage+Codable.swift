extension ServerMessage: Codable {
    private enum Kind: String, Codable {
        case welcome
        case helloOK = "hello.ok"
        case waiting, knock, admitted, declined, roster, signal, media
        case peerLeft = "peer.left"
        case ended, error, ping, pong
    }

    private enum CodingKeys: String, CodingKey { case type, from, peers, reason }

    /// Unknown fields are ignored; an unknown type throws `SignalingError.unknownType`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let kind = Kind(rawValue: try fields.decode(String.self, forKey: .type)) else {
            throw SignalingError.unknownType
        }
        switch kind {
        case .welcome: self = .welcome(try Welcome(from: decoder))
        case .helloOK: self = .helloOK(try HelloOK(from: decoder))
        case .waiting: self = .waiting(try Waiting(from: decoder))
        case .knock: self = .knock(try Knock(from: decoder))
        case .admitted: self = .admitted
        case .declined: self = .declined(try Declined(from: decoder))
        case .roster: self = .roster(try fields.decode([RosterEntry].self, forKey: .peers))
        case .signal:
            self = .signal(from: try fields.decode(PeerID.self, forKey: .from), try SignalPayload(from: decoder))
        case .media:
            self = .media(from: try fields.decode(PeerID.self, forKey: .from), try MediaState(from: decoder))
        case .peerLeft: self = .peerLeft(try PeerLeft(from: decoder))
        case .ended: self = .ended(try fields.decode(EndReason.self, forKey: .reason))
        case .error: self = .error(try ErrorReport(from: decoder))
        case .ping: self = .ping
        case .pong: self = .pong
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(kind, forKey: .type)
        switch self {
        case .welcome(let welcome): try welcome.encode(to: encoder)
        case .helloOK(let hello): try hello.encode(to: encoder)
        case .waiting(let waiting): try waiting.encode(to: encoder)
        case .knock(let knock): try knock.encode(to: encoder)
        case .declined(let declined): try declined.encode(to: encoder)
        case .roster(let peers): try fields.encode(peers, forKey: .peers)
        case .signal(let from, let payload):
            try fields.encode(from, forKey: .from)
            try payload.encode(to: encoder)
        case .media(let from, let media):
            try fields.encode(from, forKey: .from)
            try media.encode(to: encoder)
        case .peerLeft(let left): try left.encode(to: encoder)
        case .ended(let reason): try fields.encode(reason, forKey: .reason)
        case .error(let report): try report.encode(to: encoder)
        case .admitted, .ping, .pong: break
        }
    }

    private var kind: Kind {
        switch self {
        case .welcome: .welcome
        case .helloOK: .helloOK
        case .waiting: .waiting
        case .knock: .knock
        case .admitted: .admitted
        case .declined: .declined
        case .roster: .roster
        case .signal: .signal
        case .media: .media
        case .peerLeft: .peerLeft
        case .ended: .ended
        case .error: .error
        case .ping: .ping
        case .pong: .pong
        }
    }
}
