import Logging
import RapportBase
import RapportSignaling

/// Turns links into grants and grants into places: the one actor that knows every room.
actor Lobby {
    /// What a link is exchanged for.
    struct Grant: Sendable {
        var secret: String
        var part: Part
        /// Seconds.
        var lifetime: Int
    }

    private struct Pending {
        var invitation: SessionStore.Invitation
        var expires: Int64
    }

    static let maximumGrants = 10_000

    private let store: SessionStore
    private let clock: WallClock
    private let configuration: ServerConfiguration
    private let logger: Logger
    private var grants: [[UInt8]: Pending] = [:]
    private var rooms: [String: RoomHost] = [:]

    init(store: SessionStore, clock: WallClock, configuration: ServerConfiguration, logger: Logger) {
        self.store = store
        self.clock = clock
        self.configuration = configuration
        self.logger = logger
    }

    /// Nil for every link that opens nothing now, whatever the reason.
    func exchange(link secret: String) async throws(ServerError) -> Grant? {
        let now = clock.now()
        guard let invitation = try await store.invitation(hash: Secret.hash(secret), at: now) else { return nil }
        try await store.markOpened(invitation.id, at: now)
        if grants.count >= Self.maximumGrants { grants = grants.filter { $0.value.expires > now } }
        guard grants.count < Self.maximumGrants else { return nil }
        let grant = Secret.random()
        let lifetime = configuration.timing.grantLifetime
        grants[grant.hash] = Pending(invitation: invitation, expires: now + lifetime.wholeNanoseconds / 1_000_000)
        return Grant(secret: grant.text, part: invitation.part, lifetime: Int(lifetime.components.seconds))
    }

    /// A connection said hello. Throws `notAuthorized`, or what the room throws.
    func join(
        _ hello: ClientMessage.Hello, on connection: Connection
    ) async throws(SignalingError) -> (RoomHost, PeerID) {
        if let grant = hello.grant {
            // Taken out first: a grant counts once, whether or not the room takes its bearer.
            guard let pending = grants.removeValue(forKey: Secret.hash(grant)), pending.expires > clock.now() else {
                throw .notAuthorized
            }
            let room = try await room(for: pending.invitation.session.id)
            return (room, try await room.join(pending.invitation, on: connection))
        }
        guard let resume = hello.resume, let dot = resume.firstIndex(of: ".") else { throw .notAuthorized }
        guard let room = rooms[String(resume[..<dot])] else { throw .notAuthorized }
        return (room, try await room.resume(resume, on: connection))
    }

    /// The server goes away: rooms stop without ending their sessions.
    func close() async {
        grants = [:]
        for room in rooms.values { await room.close() }
        rooms = [:]
    }

    /// The room of a session that has not ended, made when nobody has come yet.
    private func room(for id: String) async throws(SignalingError) -> RoomHost {
        if let room = rooms[id] { return room }
        let session: SessionStore.Session?
        do {
            // What an earlier room of this session has queued may say that it ended.
            try await store.flush()
            session = try await store.session(id)
        } catch {
            throw .unavailable
        }
        guard let session, session.state != .ended else { throw .notAuthorized }
        // Somebody else may have come while the store was asked.
        return rooms[id] ?? makeRoom(for: session)
    }

    private func makeRoom(for session: SessionStore.Session) -> RoomHost {
        let id = session.id
        let room = RoomHost(
            session: session, store: store, clock: clock, configuration: configuration, logger: logger
        ) { [weak self] in
            Task { await self?.forget(id) }
        }
        rooms[id] = room
        return room
    }

    private func forget(_ id: String) { rooms[id] = nil }
}
