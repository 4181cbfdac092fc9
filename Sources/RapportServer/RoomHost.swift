import Foundation
import Logging
import NIOWebSocket
import RapportBase
import RapportSignaling

/// Drives one `Room`: gives it the time, performs what it says, keeps its deadline.
actor RoomHost {
    private let session: SessionStore.Session
    private let store: SessionStore
    private let clock: WallClock
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let onEnd: @Sendable () -> Void
    private var room: Room
    private var connections: [PeerID: Connection] = [:]
    private var resumes: [[UInt8]: PeerID] = [:]
    private var timer: Task<Void, Never>?
    private var generator = SystemRandomNumberGenerator()

    init(
        session: SessionStore.Session, store: SessionStore, clock: WallClock, configuration: ServerConfiguration,
        logger: Logger, onEnd: @escaping @Sendable () -> Void
    ) {
        self.session = session
        self.store = store
        self.clock = clock
        self.configuration = configuration
        self.logger = logger
        self.onEnd = onEnd
        room = Room(
            policy: session.policy, opensAt: Self.timestamp(session.opensAt, session),
            closesAt: Self.timestamp(session.closesAt, session), epoch: session.epoch,
            started: session.startedAt.map { Self.timestamp($0, session) })
    }

    /// A newcomer by invitation; `hello.ok` is sent first.
    func join(_ invitation: SessionStore.Invitation, on connection: Connection) throws(SignalingError) -> PeerID {
        let peer = PeerID(using: &generator)
        let actions = try room.joined(peer, by: invitation.id, as: invitation.part, at: now)
        greet(peer, on: connection)
        perform(actions)
        return peer
    }

    /// A presence comes back; its earlier connection, if it still hangs on, is closed.
    func resume(_ secret: String, on connection: Connection) throws(SignalingError) -> PeerID {
        let hash = Secret.hash(secret)
        guard let peer = resumes[hash], room.presence(peer) != nil else { throw .notAuthorized }
        resumes[hash] = nil
        connections[peer]?.close(.policyViolation)
        let actions = try room.returned(peer, at: now)
        greet(peer, on: connection)
        perform(actions)
        return peer
    }

    func received(_ message: ClientMessage, from peer: PeerID, on connection: Connection) throws(SignalingError) {
        // A connection that was replaced speaks for nobody.
        guard connections[peer] === connection else { throw .notAuthorized }
        perform(try room.received(message, from: peer, at: now))
    }

    /// The connection is gone without `leave`.
    func lost(_ peer: PeerID, on connection: Connection) {
        guard connections[peer] === connection else { return }
        connections[peer] = nil
        perform(room.lost(peer, at: now))
    }

    func cancel() { perform(room.cancelled(at: now)) }

    /// The server goes away; places are kept for those who come back to its successor.
    func closeConnections() {
        timer?.cancel()
        for connection in connections.values { connection.close(.goingAway) }
        connections = [:]
    }

    private func greet(_ peer: PeerID, on connection: Connection) {
        guard let presence = room.presence(peer) else { return }
        resumes = resumes.filter { $0.value != peer }
        // The session's name in front leads back to this room.
        let resume = session.id + "." + Secret.random().text
        resumes[Secret.hash(resume)] = peer
        connections[peer] = connection
        connection.send(
            .helloOK(
                .init(
                    peer: peer, part: presence.part, resume: resume, presence: presence.state,
                    session: room.view(for: peer), iceServers: configuration.iceServers,
                    iceTransportPolicy: configuration.iceTransportPolicy)))
    }

    private func perform(_ actions: [RoomAction]) {
        for action in actions {
            switch action {
            case .record(let event): record(event)
            case .send(let message, let peer): connections[peer]?.send(message)
            case .close(let peer):
                connections.removeValue(forKey: peer)?.close(.normalClosure)
                resumes = resumes.filter { $0.value != peer }
            }
        }
        keepDeadline()
        if room.state == .ended { onEnd() }
    }

    private func record(_ event: SessionEvent) {
        let logger = logger
        store.append(event, session: session) { logger.error("an event could not be written") }
    }

    private func keepDeadline() {
        timer?.cancel()
        timer = nil
        guard let deadline = room.deadline else { return }
        // A millisecond more, because the wall clock that is asked afterwards counts whole ones.
        let wait = max(.zero, deadline - now) + .milliseconds(1)
        timer = Task { [weak self] in
            do { try await Task.sleep(for: wait) } catch { return }
            await self?.handleTimeout()
        }
    }

    private func handleTimeout() {
        guard !Task.isCancelled else { return }
        perform(room.handleTimeout(at: now))
    }

    private var now: Timestamp { Self.timestamp(clock.now(), session) }

    private static func timestamp(_ milliseconds: Int64, _ session: SessionStore.Session) -> Timestamp {
        .milliseconds(milliseconds - session.createdAt)
    }
}
