public import RapportBase

/// One session as a state machine: who is there, who may know of whom, and what each hears.
///
/// A value without clock, randomness or I/O. Methods are named for what happened, take the time since the session
/// was created, and append what to do; what a participant may not do is thrown and goes to that participant alone.
/// Actions appended before a throw count: time has passed for everybody.
public struct Room: Sendable {
    enum State: Hashable, Sendable {
        case scheduled
        case open
        case waiting
        case inSession
        case interrupted(since: Timestamp)
        case ended(EndReason)
    }

    public let policy: SessionPolicy
    public let opensAt: Timestamp
    public let closesAt: Timestamp
    /// How many times the session has started; 0 before the first.
    public private(set) var epoch: Int
    private(set) var started: Timestamp?
    private(set) var current = State.scheduled
    public private(set) var presences: [Presence] = []
    private var declinedAt: [InvitationID: Timestamp] = [:]

    /// - Parameters:
    ///   - closesAt: from then on a session in which nobody takes part expires.
    ///   - epoch: above 0 when the session has been running before, under an earlier process.
    ///   - started: when it first started, then.
    public init(
        policy: SessionPolicy, opensAt: Timestamp, closesAt: Timestamp, epoch: Int = 0, started: Timestamp? = nil
    ) {
        self.policy = policy
        self.opensAt = opensAt
        self.closesAt = closesAt
        self.epoch = epoch
        self.started = started
    }

    public var state: SessionState { current.flat }

    /// When `handleTimeout` wants to be called; nil means never.
    public var deadline: Timestamp? {
        let expiries = presences.compactMap { expiry(of: $0) }
        return (expiries + [sessionDeadline].compactMap { $0 }).min()
    }

    public func presence(_ peer: PeerID) -> Presence? { presences.first { $0.peer == peer } }

    /// What `peer` may know of the session: before admission not even whether somebody is there.
    public func view(for peer: PeerID) -> ServerMessage.SessionView {
        var shown = state
        if presence(peer)?.state.isAdmitted != true {
            switch state {
            case .scheduled, .ended: break
            case .open, .waiting, .inSession, .interrupted: shown = .open
            }
        }
        return .init(state: shown, admission: policy.admission, epoch: epoch)
    }
}

extension Room {
    /// Time has passed: windows, limits and graces.
    public mutating func handleTimeout(at now: Timestamp, into actions: inout [RoomAction]) {
        settle(at: now, into: &actions)
        for lost in presences where expiry(of: lost).map({ $0 <= now }) == true {
            remove(lost.peer, .lost, at: now, into: &actions)
        }
        settle(at: now, into: &actions)
    }

    /// The session was called off from outside.
    public mutating func cancelled(at now: Timestamp, into actions: inout [RoomAction]) {
        if state != .ended { end(.cancelled, at: now, into: &actions) }
    }

    /// Nil while the presence is in sight, or while somebody in sight says that media with it flow.
    private func expiry(of presence: Presence) -> Timestamp? {
        switch presence.signaling {
        case .reachable: nil
        case .lost(let since): isHeldByLink(presence) ? nil : since + policy.grace
        }
    }

    private var sessionDeadline: Timestamp? {
        let limit = started.flatMap { started in policy.maxDuration.map { started + $0 } }
        switch current {
        case .scheduled: return opensAt
        case .open: return closesAt
        case .waiting, .inSession: return limit
        case .interrupted(let since): return min(since + policy.grace, limit ?? since + policy.grace)
        case .ended: return nil
        }
    }
}

// MARK: The session's own transitions

extension Room {
    /// Takes every transition of the session that is due; each writes one event.
    mutating func settle(at now: Timestamp, into actions: inout [RoomAction]) {
        holdPlacesOfLinked(at: now)
        while let next = nextState(at: now) {
            if case .ended(let reason) = next {
                end(reason, at: now, into: &actions)
            } else {
                move(to: next, at: now, into: &actions)
            }
        }
    }

    private func nextState(at now: Timestamp) -> State? {
        switch current {
        case .scheduled: return now >= opensAt ? .open : nil
        case .open:
            if presences.contains(where: \.isTakingPart) { return .waiting }
            return now >= closesAt ? .ended(.expired) : nil
        case .waiting: return isOverLimit(now) ? .ended(.timeLimit) : fromWaiting
        case .inSession: return isOverLimit(now) ? .ended(.timeLimit) : fromSession(at: now)
        case .interrupted(let since):
            if isOverLimit(now) { return .ended(.timeLimit) }
            if presentCount >= 2 { return .inSession }
            if now >= since + policy.grace { return .ended(.interrupted) }
            return admittedCount < 2 ? alone : nil
        case .ended: return nil
        }
    }

    private var fromWaiting: State? {
        if presentCount >= 2 { return .inSession }
        if presences.contains(where: \.isTakingPart) { return nil }
        return epoch > 0 ? .ended(.everybodyLeft) : .open
    }

    private func fromSession(at now: Timestamp) -> State? {
        if admittedCount < 2 { return alone }
        return presentCount < 2 ? .interrupted(since: now) : nil
    }

    /// After somebody left on purpose: the others may wait for a return.
    private var alone: State { presences.contains(where: \.isTakingPart) ? .waiting : .ended(.everybodyLeft) }

    private func isOverLimit(_ now: Timestamp) -> Bool {
        guard let started, let limit = policy.maxDuration else { return false }
        return now >= started + limit
    }

    private mutating func move(to next: State, at now: Timestamp, into actions: inout [RoomAction]) {
        if next == .inSession, current == .waiting {
            epoch += 1
            started = started ?? now
        }
        note(.session(from: current.flat, to: next.flat, reason: nil), at: now, into: &actions)
        current = next
    }

    mutating func end(_ reason: EndReason, at now: Timestamp, into actions: inout [RoomAction]) {
        note(.session(from: current.flat, to: .ended, reason: reason), at: now, into: &actions)
        current = .ended(reason)
        for presence in presences {
            change(presence.peer, to: .left, at: now, into: &actions)
            actions.append(.send(.ended(reason), to: presence.peer))
            actions.append(.close(presence.peer))
        }
        presences = []
    }

    var admittedCount: Int { presences.count { $0.state.isAdmitted } }

    private var presentCount: Int {
        presences.count { $0.state.isAdmitted && ($0.isReachable || isHeldByLink($0)) }
    }

    /// A signalling loss alone interrupts nothing: a peer in sight that reports media with the lost one vouches for it.
    private func isHeldByLink(_ lost: Presence) -> Bool {
        presences.contains { $0.isReachable && $0.state.isAdmitted && $0.linked.contains(lost.peer) }
    }

    /// The grace of a lost peer starts when nobody vouches for it any more.
    private mutating func holdPlacesOfLinked(at now: Timestamp) {
        for index in presences.indices where !presences[index].isReachable && isHeldByLink(presences[index]) {
            presences[index].signaling = .lost(since: now)
        }
    }
}

extension Room.State {
    var flat: SessionState {
        switch self {
        case .scheduled: .scheduled
        case .open: .open
        case .waiting: .waiting
        case .inSession: .inSession
        case .interrupted: .interrupted
        case .ended: .ended
        }
    }
}

// MARK: Presences: the single places where one is changed

extension Room {
    func index(_ peer: PeerID) throws(SignalingError) -> Int {
        guard let index = presences.firstIndex(where: { $0.peer == peer }) else { throw .noSuchPeer }
        return index
    }

    mutating func insert(_ presence: Presence, at now: Timestamp, into actions: inout [RoomAction]) {
        presences.append(presence)
        note(
            .presence(presence.peer, presence.invitation, presence.part, from: nil, to: presence.state), at: now,
            into: &actions)
    }

    mutating func change(_ peer: PeerID, to state: PresenceState, at now: Timestamp, into actions: inout [RoomAction]) {
        guard let index = presences.firstIndex(where: { $0.peer == peer }) else { return }
        let presence = presences[index]
        note(
            .presence(peer, presence.invitation, presence.part, from: presence.state, to: state), at: now,
            into: &actions)
        presences[index].state = state
        if state == .waiting { presences[index].waitingSince = now }
        if state == .declined { declinedAt[presence.invitation] = now }
    }

    mutating func update(_ peer: PeerID, _ body: (inout Presence) -> Void) {
        guard let index = presences.firstIndex(where: { $0.peer == peer }) else { return }
        body(&presences[index])
    }

    /// Takes a presence out and tells those who knew of it.
    mutating func remove(
        _ peer: PeerID, _ reason: ServerMessage.PeerLeft.Reason, at now: Timestamp, into actions: inout [RoomAction]
    ) {
        guard let gone = presence(peer) else { return }
        change(peer, to: .left, at: now, into: &actions)
        presences.removeAll { $0.peer == peer }
        for other in presences where other.linked.contains(peer) {
            update(other.peer) { $0.linked.remove(peer) }
            followLinks(of: other.peer, at: now, into: &actions)
        }
        for other in presences where other.mayKnow(of: gone) {
            actions.append(.send(.peerLeft(.init(peer: peer, reason: reason)), to: other.peer))
        }
        actions.append(.close(peer))
    }

    func mayKnock(_ invitation: InvitationID, at now: Timestamp) -> Bool {
        guard let declined = declinedAt[invitation] else { return true }
        return now >= declined + policy.knockAgainAfter
    }

    func note(_ change: SessionEvent.Change, at now: Timestamp, into actions: inout [RoomAction]) {
        actions.append(.record(SessionEvent(at: now, change: change)))
    }

    /// Sends everybody who may know of `peer` the roster anew.
    func tellRoster(about peer: PeerID, into actions: inout [RoomAction]) {
        guard let subject = presence(peer) else { return }
        for viewer in presences where viewer.mayKnow(of: subject) {
            actions.append(.send(roster(for: viewer), to: viewer.peer))
        }
    }

    func roster(for viewer: Presence) -> ServerMessage {
        .roster(presences.filter { viewer.mayKnow(of: $0) }.map(\.rosterEntry))
    }
}
