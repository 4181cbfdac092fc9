public import RapportBase

extension Room {
    /// Somebody came by an invitation. Throws `ended`, `alreadyJoined` or `sessionFull`.
    ///
    /// A place that the server lost is given up: the newcomer starts from the beginning and has to be admitted anew.
    public mutating func joined(
        _ peer: PeerID, by invitation: InvitationID, as part: Part, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        handleTimeout(at: now, into: &actions)
        guard state != .ended else { throw .ended }
        if let earlier = presences.first(where: { $0.invitation == invitation }) {
            guard !earlier.isReachable else { throw .alreadyJoined }
            remove(earlier.peer, .replaced, at: now, into: &actions)
        }
        guard presences.count < SignalingLimits.presencesPerSession else { throw .sessionFull }
        insert(Presence(peer: peer, invitation: invitation, part: part), at: now, into: &actions)
        settle(at: now, into: &actions)
    }

    /// The connection of `peer` broke without a word.
    public mutating func lost(_ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        // First what was due: the places for which this one vouched start their grace now.
        handleTimeout(at: now, into: &actions)
        guard let presence = presence(peer), presence.isReachable else { return }
        note(.reachable(peer, presence.invitation, false), at: now, into: &actions)
        update(peer) { $0.signaling = .lost(since: now) }
        tellRoster(about: peer, into: &actions)
        settle(at: now, into: &actions)
    }

    /// `peer` is back on a new connection and hears where it stands. Throws `notAuthorized` when its place is gone.
    public mutating func returned(
        _ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        handleTimeout(at: now, into: &actions)
        guard let presence = presence(peer) else { throw .notAuthorized }
        if !presence.isReachable {
            note(.reachable(peer, presence.invitation, true), at: now, into: &actions)
            update(peer) { $0.signaling = .reachable }
            tellRoster(about: peer, into: &actions)
        }
        switch presence.state {
        case .waiting: actions.append(.send(.waiting(.init(admission: policy.admission)), to: peer))
        case .admitted, .connected: welcomeIn(peer, into: &actions)
        case .opened, .ready, .declined, .left: break
        }
        settle(at: now, into: &actions)
    }

    /// `peer` pressed ready. Throws `outOfOrder`, `notOpen`, `knockTooSoon`, `nobodyWaiting` or `sessionFull`.
    mutating func ready(
        _ peer: PeerID, _ ready: ClientMessage.Ready, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        try checkReady(try index(peer), at: now)
        update(peer) { presence in
            presence.name = ready.name
            presence.media = ready.devices ?? MediaState()
        }
        change(peer, to: .ready, at: now, into: &actions)
        switch presence(peer)?.part {
        case .clinician: clinicianReady(peer, at: now, into: &actions)
        case .client: clientReady(peer, at: now, into: &actions)
        case nil: break
        }
    }

    private func checkReady(_ index: Int, at now: Timestamp) throws(SignalingError) {
        let presence = presences[index]
        guard presence.state == .opened || presence.state == .declined else { throw .outOfOrder }
        guard state != .scheduled else { throw .notOpen }
        guard mayKnock(presence.invitation, at: now) else { throw .knockTooSoon }
        guard presence.part == .clinician else { return }
        guard policy.clinicianMayWait || presences.contains(where: { $0.state == .waiting }) else {
            throw .nobodyWaiting
        }
        guard admittedCount < policy.maxParticipants else { throw .sessionFull }
    }

    /// Clinicians are admitted by their part.
    private mutating func clinicianReady(_ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        letIn(peer, at: now, into: &actions)
        guard policy.admission == .automatic else { return }
        for client in presences where client.state == .waiting && admittedCount < policy.maxParticipants {
            letIn(client.peer, at: now, into: &actions)
        }
    }

    private mutating func clientReady(_ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        let clinicianIsIn = presences.contains { $0.part == .clinician && $0.state.isAdmitted }
        if policy.admission == .automatic, clinicianIsIn, admittedCount < policy.maxParticipants {
            letIn(peer, at: now, into: &actions)
            return
        }
        change(peer, to: .waiting, at: now, into: &actions)
        actions.append(.send(.waiting(.init(admission: policy.admission)), to: peer))
        guard let knocking = presence(peer) else { return }
        for viewer in presences where viewer.mayKnow(of: knocking) {
            actions.append(.send(knock(of: knocking, at: now), to: viewer.peer))
        }
    }

    private func knock(of presence: Presence, at now: Timestamp) -> ServerMessage {
        let waited = (now - (presence.waitingSince ?? now)).components.seconds
        return .knock(
            .init(
                peer: presence.peer, part: presence.part, name: presence.name, waited: Int(clamping: waited)))
    }

    mutating func letIn(_ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        change(peer, to: .admitted, at: now, into: &actions)
        welcomeIn(peer, into: &actions)
        tellRoster(about: peer, into: &actions)
    }

    private func welcomeIn(_ peer: PeerID, into actions: inout [RoomAction]) {
        guard let presence = presence(peer) else { return }
        actions.append(.send(.admitted, to: peer))
        actions.append(.send(roster(for: presence), to: peer))
    }
}
