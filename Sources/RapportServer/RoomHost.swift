import Foundation
import Logging
import NIOWebSocket
import RapportBase
import RapportSignaling

/// Drives one `Room`: gives it the time, performs what it says, keeps its deadline.
actor RoomHost {
    /// What has to be delivered once the events up to `ticket` are written.
    private struct Batch {
        var ticket: Int
        var actions: [RoomAction]
        var isLast: Bool
    }

    /// Batches that wait for a slow disk before the rest goes out unwritten.
    private static let maximumBatches = 512

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
    private var outbox: [Batch] = []
    private var issued = 0
    private var lastWritten = 0
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
        try change { room, now, actions throws(SignalingError) in
            try room.joined(peer, by: invitation.id, as: invitation.part, at: now, into: &actions)
        } before: {
            greet(peer, on: connection)
        }
        return peer
    }

    /// A presence comes back; its earlier connection, if it still hangs on, is closed.
    func resume(_ secret: String, on connection: Connection) throws(SignalingError) -> PeerID {
        let hash = Secret.hash(secret)
        guard let peer = resumes[hash], room.presence(peer) != nil else { throw .notAuthorized }
        resumes[hash] = nil
        connections[peer]?.close(.policyViolation)
        try change { room, now, actions throws(SignalingError) in
            try room.returned(peer, at: now, into: &actions)
        } before: {
            greet(peer, on: connection)
        }
        return peer
    }

    func received(_ message: ClientMessage, from peer: PeerID, on connection: Connection) throws(SignalingError) {
        // A connection that was replaced speaks for nobody.
        guard connections[peer] === connection else { throw .notAuthorized }
        try change { room, now, actions throws(SignalingError) in
            try room.received(message, from: peer, at: now, into: &actions)
        }
    }

    /// The connection is gone without `leave`.
    func lost(_ peer: PeerID, on connection: Connection) {
        guard connections[peer] === connection else { return }
        connections[peer] = nil
        change { room, now, actions in room.lost(peer, at: now, into: &actions) }
    }

    /// The server goes away. That its connections break now is no event of the session.
    func close() {
        timer?.cancel()
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

    /// Lets something happen to the room and performs what follows, also when it is refused.
    private func change<E: Error>(
        _ body: (inout Room, Timestamp, inout [RoomAction]) throws(E) -> Void, before: () -> Void = {}
    ) throws(E) {
        var actions: [RoomAction] = []
        do {
            try body(&room, now, &actions)
        } catch {
            perform(actions)
            throw error
        }
        before()
        perform(actions)
    }

    /// Nobody hears of a transition before it is in the file: messages wait for the events that came before them.
    private func perform(_ actions: [RoomAction]) {
        let events = actions.compactMap { if case .record(let event) = $0 { event } else { nil } }
        if !events.isEmpty {
            issued += 1
            let ticket = issued
            store.append(events, session: session) { succeeded in
                Task { await self.written(ticket, succeeded) }
            }
        }
        outbox.append(Batch(ticket: issued, actions: actions, isLast: room.state == .ended))
        if outbox.count > Self.maximumBatches { written(issued, false) }
        deliver()
        keepDeadline()
    }

    /// The store writes in the order of tickets, so that one stands for all before it.
    private func written(_ ticket: Int, _ succeeded: Bool) {
        // People who are in a session are not cut off for the log's sake.
        if !succeeded { logger.error("events could not be written") }
        lastWritten = max(lastWritten, ticket)
        deliver()
    }

    private func deliver() {
        while let batch = outbox.first, batch.ticket <= lastWritten {
            outbox.removeFirst()
            for action in batch.actions { deliver(action) }
            if batch.isLast { onEnd() }
        }
    }

    private func deliver(_ action: RoomAction) {
        switch action {
        case .record: break
        case .send(let message, let peer): connections[peer]?.send(message)
        case .close(let peer):
            connections.removeValue(forKey: peer)?.close(.normalClosure)
            resumes = resumes.filter { $0.value != peer }
        }
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
        change { room, now, actions in room.handleTimeout(at: now, into: &actions) }
    }

    private var now: Timestamp { Self.timestamp(clock.now(), session) }

    private static func timestamp(_ milliseconds: Int64, _ session: SessionStore.Session) -> Timestamp {
        .milliseconds(milliseconds - session.createdAt)
    }
}
