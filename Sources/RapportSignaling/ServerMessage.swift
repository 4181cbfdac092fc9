/// What the server tells a participant: one JSON object a text frame, told apart by `type`.
public enum ServerMessage: Hashable, Sendable {
    /// First message of every connection.
    case welcome(Welcome)
    case helloOK(HelloOK)
    /// Ready, but not let in yet. Says nothing of anybody else.
    case waiting(Waiting)
    /// To clinicians: somebody wants to come in.
    case knock(Knock)
    /// The receiver is let in; a roster follows.
    case admitted
    case declined(Declined)
    /// Everybody the receiver may know of, without the receiver.
    case roster([RosterEntry])
    case signal(from: PeerID, SignalPayload)
    case media(from: PeerID, MediaState)
    case peerLeft(PeerLeft)
    case ended(EndReason)
    case error(ErrorReport)
    case ping
    case pong

    public struct Welcome: Codable, Hashable, Sendable {
        public var versions: [Int]
        public var features: [String]
        /// Milliseconds since 1970, UTC.
        public var serverTime: Int64
        /// Bytes.
        public var maxMessage: Int

        public init(
            versions: [Int] = [1], features: [String] = [], serverTime: Int64,
            maxMessage: Int = SignalingLimits.message
        ) {
            self.versions = versions
            self.features = features
            self.serverTime = serverTime
            self.maxMessage = maxMessage
        }
    }

    public struct HelloOK: Codable, Hashable, Sendable {
        public var peer: PeerID
        public var part: Part
        /// Brings the same presence back on a new connection.
        public var resume: String
        /// Where the presence stands, for a client that comes back.
        public var presence: PresenceState
        public var session: SessionView
        public var iceServers: [ICEServerEntry]
        public var iceTransportPolicy: ICETransportPolicy

        public init(
            peer: PeerID, part: Part, resume: String, presence: PresenceState, session: SessionView,
            iceServers: [ICEServerEntry], iceTransportPolicy: ICETransportPolicy
        ) {
            self.peer = peer
            self.part = part
            self.resume = resume
            self.presence = presence
            self.session = session
            self.iceServers = iceServers
            self.iceTransportPolicy = iceTransportPolicy
        }
    }

    /// What anybody who holds an invitation may know of the session.
    public struct SessionView: Codable, Hashable, Sendable {
        /// Before admission only `scheduled`, `open` or `ended` are told: the rest would show that others are there.
        public var state: SessionState
        public var admission: SessionPolicy.Admission
        public var epoch: Int

        public init(state: SessionState, admission: SessionPolicy.Admission, epoch: Int) {
            self.state = state
            self.admission = admission
            self.epoch = epoch
        }
    }

    public struct Waiting: Codable, Hashable, Sendable {
        public var admission: SessionPolicy.Admission

        public init(admission: SessionPolicy.Admission) { self.admission = admission }
    }

    public struct Knock: Codable, Hashable, Sendable {
        public var peer: PeerID
        public var part: Part
        public var name: DisplayName?
        /// Seconds that the person has waited so far.
        public var waited: Int

        public init(peer: PeerID, part: Part, name: DisplayName?, waited: Int) {
            self.peer = peer
            self.part = part
            self.name = name
            self.waited = waited
        }
    }

    public struct Declined: Codable, Hashable, Sendable {
        /// Seconds after which the person may knock again.
        public var again: Int

        public init(again: Int) { self.again = again }
    }

    public struct RosterEntry: Codable, Hashable, Sendable {
        public var peer: PeerID
        public var part: Part
        public var name: DisplayName?
        public var state: PresenceState
        /// False while the server has lost the participant; media may flow all the same.
        public var reachable: Bool
        public var media: MediaState

        public init(
            peer: PeerID, part: Part, name: DisplayName?, state: PresenceState, reachable: Bool, media: MediaState
        ) {
            self.peer = peer
            self.part = part
            self.name = name
            self.state = state
            self.reachable = reachable
            self.media = media
        }
    }

    public struct PeerLeft: Codable, Hashable, Sendable {
        public enum Reason: String, Codable, Hashable, Sendable { case left, lost, declined, replaced }

        public var peer: PeerID
        public var reason: Reason

        public init(peer: PeerID, reason: Reason) {
            self.peer = peer
            self.reason = reason
        }
    }

    public struct ErrorReport: Codable, Hashable, Sendable {
        public var code: String
        public var message: String

        public init(code: String, message: String) {
            self.code = code
            self.message = message
        }

        public init(_ error: SignalingError) { self.init(code: error.code, message: error.message) }
    }
}
