public import RapportBase

extension Room {
    /// A message of a participant that has said hello. What it may not do is thrown and changes nothing.
    public mutating func received(
        _ message: ClientMessage, from peer: PeerID, at now: Timestamp
    ) throws(SignalingError) -> [RoomAction] {
        switch message {
        case .hello: throw .helloExpected
        case .ready(let value): return try ready(peer, value, at: now)
        case .admit(let target): return try admitted(target, by: peer, at: now)
        case .decline(let target): return try declined(target, by: peer, at: now)
        case .signal(let to, let payload): return try signaled(payload, from: peer, to: to)
        case .media(let media): return try mediaChanged(media, of: peer)
        case .link(let report): return try linkChanged(report, of: peer, at: now)
        case .leave: return try left(peer, at: now)
        case .end: return try ended(by: peer, at: now)
        case .ping: return [.send(.pong, to: peer)]
        case .pong: return []
        }
    }

    /// A clinician lets somebody in who waits.
    public mutating func admitted(
        _ target: PeerID, by peer: PeerID, at now: Timestamp
    ) throws(SignalingError) -> [RoomAction] {
        try checkMayDecide(peer, about: target)
        guard admittedCount < policy.maxParticipants else { throw .sessionFull }
        var actions: [RoomAction] = []
        letIn(target, at: now, into: &actions)
        settle(at: now, into: &actions)
        return actions
    }

    /// A clinician turns somebody away who waits.
    public mutating func declined(
        _ target: PeerID, by peer: PeerID, at now: Timestamp
    ) throws(SignalingError) -> [RoomAction] {
        try checkMayDecide(peer, about: target)
        var actions: [RoomAction] = []
        let knewOfIt = presence(target).map { turned in presences.filter { $0.mayKnow(of: turned) } } ?? []
        change(target, to: .declined, at: now, into: &actions)
        let again = Int(clamping: policy.knockAgainAfter.components.seconds)
        actions.append(.send(.declined(.init(again: again)), to: target))
        for viewer in knewOfIt {
            actions.append(.send(.peerLeft(.init(peer: target, reason: .declined)), to: viewer.peer))
        }
        settle(at: now, into: &actions)
        return actions
    }

    /// Carries a description or candidate between two who are both in; nobody else learns whether `target` exists.
    public mutating func signaled(
        _ payload: SignalPayload, from peer: PeerID, to target: PeerID
    ) throws(SignalingError) -> [RoomAction] {
        let sender = try index(peer)
        guard presences[sender].state.isAdmitted else { throw .notAdmitted }
        guard peer != target, let receiver = presence(target), receiver.state.isAdmitted else { throw .noSuchPeer }
        switch payload {
        case .description: update(peer) { $0.candidatesLeft = SignalingLimits.candidatesPerDescription }
        case .candidate:
            guard presences[sender].candidatesLeft > 0 else { throw .tooManyCandidates }
            update(peer) { $0.candidatesLeft -= 1 }
        case .endOfCandidates: break
        }
        return [.send(.signal(from: peer, payload), to: target)]
    }

    public mutating func mediaChanged(
        _ media: MediaState, of peer: PeerID
    ) throws(SignalingError) -> [RoomAction] {
        let sender = try index(peer)
        update(peer) { $0.media = media }
        let subject = presences[sender]
        guard subject.state.isAdmitted else { return [] }
        return presences.filter { $0.mayKnow(of: subject) }.map { .send(.media(from: peer, media), to: $0.peer) }
    }

    /// `peer` says whether media flow with another.
    public mutating func linkChanged(
        _ report: ClientMessage.LinkReport, of peer: PeerID, at now: Timestamp
    ) throws(SignalingError) -> [RoomAction] {
        let sender = try index(peer)
        guard presences[sender].state.isAdmitted else { throw .notAdmitted }
        guard let other = presence(report.peer), presences[sender].mayKnow(of: other), other.state.isAdmitted else {
            throw .noSuchPeer
        }
        var actions: [RoomAction] = []
        // The places that links kept until now start their grace here, not when the connection was lost.
        settle(at: now, into: &actions)
        switch report.state {
        case .connected: update(peer) { $0.linked.insert(report.peer) }
        case .disconnected: update(peer) { $0.linked.remove(report.peer) }
        }
        followLinks(of: peer, at: now, into: &actions)
        settle(at: now, into: &actions)
        return actions
    }

    mutating func followLinks(of peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        guard let presence = presence(peer) else { return }
        if presence.state == .admitted, !presence.linked.isEmpty {
            change(peer, to: .connected, at: now, into: &actions)
        } else if presence.state == .connected, presence.linked.isEmpty {
            change(peer, to: .admitted, at: now, into: &actions)
        }
    }

    public mutating func left(_ peer: PeerID, at now: Timestamp) throws(SignalingError) -> [RoomAction] {
        _ = try index(peer)
        var actions: [RoomAction] = []
        remove(peer, .left, at: now, into: &actions)
        settle(at: now, into: &actions)
        return actions
    }

    /// A clinician who is in ends the session for all.
    public mutating func ended(by peer: PeerID, at now: Timestamp) throws(SignalingError) -> [RoomAction] {
        let presence = presences[try index(peer)]
        guard presence.part == .clinician else { throw .notAllowed }
        guard presence.state.isAdmitted else { throw .notAdmitted }
        var actions: [RoomAction] = []
        end(.finished, at: now, into: &actions)
        return actions
    }

    private func checkMayDecide(_ peer: PeerID, about target: PeerID) throws(SignalingError) {
        let presence = presences[try index(peer)]
        guard presence.part == .clinician else { throw .notAllowed }
        guard presence.state.isAdmitted else { throw .notAdmitted }
        guard self.presence(target)?.state == .waiting else { throw .noSuchPeer }
    }
}
