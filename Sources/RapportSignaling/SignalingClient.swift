/// A participant's side of `rapport.v1` as a value: what to send, and what the person or the peer connection has to do.
///
/// The owner carries messages both ways; descriptions and candidates pass through unread.
public struct SignalingClient: Sendable {
    private enum State: Hashable, Sendable {
        case connecting
        case greeting
        case joined(Joined)
        case ended
    }

    private struct Joined: Hashable, Sendable {
        var me: PeerID
        var part: Part
        var isAdmitted = false
        var peers: [ServerMessage.RosterEntry] = []
        /// Who waits and was told of. Whoever came before us is only in the roster, whoever comes later also knocks.
        var knocking: Set<PeerID> = []
    }

    /// How this client asks to be let in.
    public enum Credential: Hashable, Sendable {
        case grant(String)
        case resume(String)
    }

    public enum Action: Hashable, Sendable {
        case send(ClientMessage)
        /// Hello was accepted; `ready` may be sent. Carries the ICE servers and the secret for coming back.
        case joined(ServerMessage.HelloOK)
        case waiting
        case admitted
        /// Turned away; may knock again after so many seconds.
        case declined(again: Int)
        /// For clinicians: somebody asks to come in.
        case knock(ServerMessage.Knock)
        /// Open a peer connection. The impolite side makes the first offer, which spares a collision at every start;
        /// later both may offer ("perfect negotiation", webrtc-pc section 10.7).
        case connect(PeerID, polite: Bool)
        /// Close the peer connection, or forget who knocked.
        case disconnect(PeerID, ServerMessage.PeerLeft.Reason)
        case receive(SignalPayload, from: PeerID)
        case media(MediaState, of: PeerID)
        case ended(EndReason)
        case failed(ServerMessage.ErrorReport)
    }

    private var state = State.connecting
    private var credential: Credential
    private let clientKind: String

    public init(credential: Credential, clientKind: String) {
        self.credential = credential
        self.clientKind = clientKind
    }

    /// Everybody the server told of, with those who wait.
    public var peers: [ServerMessage.RosterEntry] {
        if case .joined(let joined) = state { joined.peers } else { [] }
    }

    public var isAdmitted: Bool {
        if case .joined(let joined) = state { joined.isAdmitted } else { false }
    }

    /// The connection broke: the next `welcome` is answered with the resume secret, if one was given.
    public mutating func disconnected() {
        if state != .ended { state = .connecting }
    }

    /// Takes one message of the server. Messages that do not fit the state are passed over.
    public mutating func received(_ message: ServerMessage) -> [Action] {
        switch (message, state) {
        case (.ping, _): return [.send(.pong)]
        case (.welcome(let welcome), .connecting): return greet(welcome)
        case (.helloOK(let hello), .greeting): return join(hello)
        case (.ended(let reason), _):
            state = .ended
            return [.ended(reason)]
        case (.error(let report), _): return [.failed(report)]
        case (_, .joined(let joined)): return received(message, joined)
        case (_, .connecting), (_, .greeting), (_, .ended): return []
        }
    }

    private mutating func greet(_ welcome: ServerMessage.Welcome) -> [Action] {
        guard welcome.versions.contains(1) else {
            state = .ended
            return [.failed(.init(.unsupportedVersion(welcome.versions.max() ?? 0)))]
        }
        state = .greeting
        switch credential {
        case .grant(let grant): return [.send(.hello(.init(grant: grant, clientKind: clientKind)))]
        case .resume(let secret): return [.send(.hello(.init(resume: secret, clientKind: clientKind)))]
        }
    }

    private mutating func join(_ hello: ServerMessage.HelloOK) -> [Action] {
        credential = .resume(hello.resume)
        state = .joined(Joined(me: hello.peer, part: hello.part))
        return [.joined(hello)]
    }

    private mutating func received(_ message: ServerMessage, _ joined: Joined) -> [Action] {
        switch message {
        case .waiting: return [.waiting]
        case .declined(let declined): return [.declined(again: declined.again)]
        case .admitted:
            var joined = joined
            joined.isAdmitted = true
            state = .joined(joined)
            return [.admitted]
        case .knock(let knock): return knocked(knock, joined)
        case .roster(let peers): return follow(peers, joined)
        case .signal(let from, let payload):
            return joined.isAdmitted ? [.receive(payload, from: from)] : []
        case .media(let from, let media): return [.media(media, of: from)]
        case .peerLeft(let gone):
            var joined = joined
            joined.peers.removeAll { $0.peer == gone.peer }
            joined.knocking.remove(gone.peer)
            state = .joined(joined)
            return [.disconnect(gone.peer, gone.reason)]
        case .welcome, .helloOK, .ended, .error, .ping, .pong: return []
        }
    }

    private mutating func knocked(_ knock: ServerMessage.Knock, _ joined: Joined) -> [Action] {
        var joined = joined
        guard joined.knocking.insert(knock.peer).inserted else { return [] }
        state = .joined(joined)
        return [.knock(knock)]
    }

    /// Those who are new and in are connected to; those who are gone without a word are let go.
    private mutating func follow(_ peers: [ServerMessage.RosterEntry], _ joined: Joined) -> [Action] {
        let before = Set(joined.peers.filter(\.state.isAdmitted).map(\.peer))
        let now = peers.filter(\.state.isAdmitted)
        var actions: [Action] = []
        for gone in before.subtracting(now.map(\.peer)).sorted() { actions.append(.disconnect(gone, .lost)) }
        for entry in now where !before.contains(entry.peer) {
            actions.append(.connect(entry.peer, polite: Self.isPolite(joined, with: entry)))
        }
        var joined = joined
        let waiting = peers.filter { $0.state == .waiting }
        for entry in waiting where !joined.knocking.contains(entry.peer) {
            actions.append(.knock(.init(peer: entry.peer, part: entry.part, name: entry.name, waited: 0)))
        }
        joined.knocking = Set(waiting.map(\.peer))
        joined.peers = peers
        state = .joined(joined)
        return actions
    }

    /// The client is polite, the clinician impolite; among equals the lower peer id is polite.
    private static func isPolite(_ joined: Joined, with other: ServerMessage.RosterEntry) -> Bool {
        joined.part == other.part ? joined.me < other.peer : joined.part == .client
    }
}
