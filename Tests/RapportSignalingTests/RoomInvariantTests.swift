import RapportBase
import RapportSignaling
import Testing

/// What the events alone say of a room, built up one by one as an auditor would.
struct ReplayedRoom {
    var session = SessionState.scheduled
    var presences: [PeerID: PresenceState] = [:]
    var parts: [PeerID: Part] = [:]
    var everAdmitted: Set<PeerID> = []

    static let sessionEdges: Set<[SessionState]> = [
        [.scheduled, .open], [.open, .waiting], [.open, .ended], [.waiting, .open], [.waiting, .inSession],
        [.waiting, .ended], [.inSession, .interrupted], [.inSession, .waiting], [.inSession, .ended],
        [.interrupted, .inSession], [.interrupted, .waiting], [.interrupted, .ended], [.scheduled, .ended],
    ]

    static let presenceEdges: Set<[PresenceState]> = [
        [.opened, .ready], [.declined, .ready], [.ready, .waiting], [.ready, .admitted], [.waiting, .admitted],
        [.waiting, .declined], [.admitted, .connected], [.connected, .admitted],
    ]

    /// False when the event does not follow from the ones before, or takes an edge that does not exist.
    mutating func apply(_ event: SessionEvent) -> Bool {
        switch event.change {
        case .session(let from, let to, let reason):
            guard from == session, Self.sessionEdges.contains([from, to]) else { return false }
            guard (reason != nil) == (to == .ended) else { return false }
            session = to
        case .presence(let peer, _, let part, let from, let to):
            guard presences[peer] == from else { return false }
            if let from {
                guard to == .left ? from != .left : Self.presenceEdges.contains([from, to]) else { return false }
            } else {
                guard to == .opened, !parts.keys.contains(peer) else { return false }
            }
            parts[peer] = part
            presences[peer] = to == .left ? nil : to
            if to.isAdmitted { everAdmitted.insert(peer) }
        case .reachable(let peer, _, _): return presences[peer] != nil
        }
        return true
    }
}

/// One seeded run: random people do random things at random times.
struct RandomRun {
    var generator: SeededGenerator
    var room: Room
    var replayed = ReplayedRoom()
    var now = Timestamp.zero
    var known: [PeerID] = []
    var refusals = 0
    var carried = 0
    let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        let policy = SessionPolicy(
            admission: Bool.random(using: &generator) ? .manual : .automatic,
            maxParticipants: Int.random(in: 2...4, using: &generator),
            maxDuration: Bool.random(using: &generator) ? .seconds(900) : nil,
            clinicianMayWait: Int.random(in: 0..<4, using: &generator) > 0)
        room = Room(policy: policy, opensAt: .seconds(5), closesAt: .seconds(1200))
    }

    mutating func step() throws {
        now += .milliseconds(Int64.random(in: 0...(Bool.random(using: &generator) ? 500 : 20_000), using: &generator))
        // Timeouts come late or not at all: the room must not depend on them.
        if Bool.random(using: &generator) { try check(room.handleTimeout(at: now)) }
        var actions: [RoomAction] = []
        do {
            try act(into: &actions)
        } catch {
            refusals += 1
        }
        try check(actions)
    }

    private mutating func act(into actions: inout [RoomAction]) throws(SignalingError) {
        let peer = anybody()
        switch Int.random(in: 0..<14, using: &generator) {
        case 0, 1: try join(into: &actions)
        case 2, 3: try tell(.ready(.init(name: DisplayName("name-\(peer)"))), peer, &actions)
        case 4, 5: try tell(.admit(anybody()), peer, &actions)
        case 6: try tell(.decline(anybody()), peer, &actions)
        case 7, 8, 9:
            let offer = SignalPayload.Description(type: .offer, sdp: "sdp-of-\(peer)")
            try tell(.signal(to: anybody(), .description(offer)), peer, &actions)
        case 10: try tell(.media(.init(audio: true)), peer, &actions)
        case 11:
            let state: ClientMessage.LinkReport.Link = Bool.random(using: &generator) ? .connected : .disconnected
            try tell(.link(.init(peer: anybody(), state: state)), peer, &actions)
        case 12: room.lost(peer, at: now, into: &actions)
        default: try goOrReturn(peer, &actions)
        }
    }

    private mutating func tell(
        _ message: ClientMessage, _ peer: PeerID, _ actions: inout [RoomAction]
    ) throws(SignalingError) {
        try room.received(message, from: peer, at: now, into: &actions)
    }

    private mutating func goOrReturn(_ peer: PeerID, _ actions: inout [RoomAction]) throws(SignalingError) {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: try tell(.end, peer, &actions)
        case 1...6: try tell(.leave, peer, &actions)
        default: try room.returned(peer, at: now, into: &actions)
        }
    }

    private mutating func join(into actions: inout [RoomAction]) throws(SignalingError) {
        let invitation = Int64.random(in: 1...4, using: &generator)
        let newcomer = PeerID(using: &generator)
        known.append(newcomer)
        try room.joined(
            newcomer, by: InvitationID(invitation), as: invitation <= 2 ? .clinician : .client, at: now, into: &actions)
    }

    private mutating func anybody() -> PeerID {
        if known.isEmpty || Int.random(in: 0..<30, using: &generator) == 0 { return peer("nobody") }
        let present = room.presences.map(\.peer)
        if !present.isEmpty, Int.random(in: 0..<8, using: &generator) > 0 {
            return present[Int.random(in: present.indices, using: &generator)]
        }
        return known[Int.random(in: known.indices, using: &generator)]
    }

    /// Events replay to the room's state, and nobody hears what it may not.
    mutating func check(_ actions: [RoomAction]) throws {
        for action in actions {
            switch action {
            case .record(let event):
                let follows = replayed.apply(event)
                #expect(follows, "seed \(seed): \(event) after \(replayed)")
            case .send(let message, let to): try checkLeak(message, to)
            case .close: break
            }
        }
        #expect(room.state == replayed.session, "seed \(seed)")
        let states = Dictionary(uniqueKeysWithValues: room.presences.map { ($0.peer, $0.state) })
        #expect(states == replayed.presences, "seed \(seed)")
        #expect(room.presences.count { $0.state.isAdmitted } <= room.policy.maxParticipants, "seed \(seed)")
    }

    private mutating func checkLeak(_ message: ServerMessage, _ to: PeerID) throws {
        let text = try json(message)
        let isIn = replayed.presences[to]?.isAdmitted == true
        for other in known + room.presences.map(\.peer) where other != to && text.contains(other.text) {
            carried += 1
            #expect(isIn, "seed \(seed): \(to) is not in and hears of \(other): \(text)")
            if replayed.parts[to] == .client {
                #expect(replayed.everAdmitted.contains(other), "seed \(seed): a client hears of \(other), who waits")
            }
        }
        if !isIn {
            #expect(!text.contains("sdp-of-") && !text.contains("name-"), "seed \(seed): \(text)")
        }
    }

    /// Everybody is gone: the session has to end by itself, in bounded time.
    mutating func abandon() throws {
        for presence in room.presences { try check(room.lost(presence.peer, at: now)) }
        let latest = max(now, room.closesAt) + room.policy.grace + room.policy.grace
        for _ in 0..<40 {
            guard let deadline = room.deadline else { break }
            now = max(now, deadline)
            try check(room.handleTimeout(at: now))
        }
        #expect(room.state == .ended, "seed \(seed): \(room.state) with \(room.presences)")
        #expect(now <= latest, "seed \(seed): ended only at \(now)")
    }
}

@Suite("Invariants of a room under random use")
struct RoomInvariantTests {
    @Test(
        "Nobody who is not admitted hears of anybody, every transition is one event, and all comes to an end",
        arguments: [UInt64](1...8))
    func invariants(_ batch: UInt64) throws {
        var carried = 0
        var ranInSession = 0
        for seed in batch * 1000..<batch * 1000 + 50 {
            var run = RandomRun(seed: seed)
            for _ in 0..<150 { try run.step() }
            try run.abandon()
            carried += run.carried
            if run.room.epoch > 0 { ranInSession += 1 }
        }
        // The runs must have gone through what they are to prove something about.
        #expect(carried > 500)
        #expect(ranInSession > 25)
    }
}
