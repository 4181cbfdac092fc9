public import RapportBase

extension Room {
    /// A message of a participant that has said hello. What it may not do is thrown and changes nothing;
    /// what was due before has been appended all the same.
    public mutating func received(
        _ message: ClientMessage, from peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        handleTimeout(at: now, into: &actions)
        guard state != .ended else { throw .ended }
        switch message {
        case .hello: throw .helloExpected
        case .ready(let value): try ready(peer, value, at: now, into: &actions)
        case .admit(let target): try admitted(target, by: peer, at: now, into: &actions)
        case .decline(let target): try declined(target, by: peer, at: now, into: &actions)
        case .signal(let to, let payload): try signaled(payload, from: peer, to: to, into: &actions)
        case .media(let media): try mediaChanged(media, of: peer, into: &actions)
        case .link(let report): try linkChanged(report, of: peer, at: now, into: &actions)
        case .leave: try left(peer, at: now, into: &actions)
        case .end: try ended(by: peer, at: now, into: &actions)
        case .ping: actions.append(.send(.pong, to: peer))
        case .pong: break
        }
        settle(at: now, into: &actions)
    }

    /// A clinician lets somebody in who waits.
    private mutating func admitted(
        _ target: PeerID, by peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        try checkMayDecide(peer, about: target)
        guard admittedCount < policy.maxParticipants else { throw .sessionFull }
        letIn(target, at: now, into: &actions)
    }

    /// A clinician turns somebody away who waits.
    private mutating func declined(
        _ target: PeerID, by peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        try checkMayDecide(peer, about: target)
        let knewOfIt = presence(target).map { turned in presences.filter { $0.mayKnow(of: turned) } } ?? []
        change(target, to: .declined, at: now, into: &actions)
        let again = Int(clamping: policy.knockAgainAfter.components.seconds)
        actions.append(.send(.declined(.init(again: again)), to: target))
        for viewer in knewOfIt {
            actions.append(.send(.peerLeft(.init(peer: target, reason: .declined)), to: viewer.peer))
        }
    }

    /// Carries a description or candidate between two who are both in; nobody else learns whether `target` exists.
    private mutating func signaled(
        _ payload: SignalPayload, from peer: PeerID, to target: PeerID, into actions: inout [RoomAction]
    ) throws(SignalingError) {
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
        actions.append(.send(.signal(from: peer, payload), to: target))
    }

    private mutating func mediaChanged(
        _ media: MediaState, of peer: PeerID, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        let sender = try index(peer)
        update(peer) { $0.media = media }
        let subject = presences[sender]
        guard subject.state.isAdmitted else { return }
        for viewer in presences where viewer.mayKnow(of: subject) {
            actions.append(.send(.media(from: peer, media), to: viewer.peer))
        }
    }

    /// `peer` says whether media flow with another.
    private mutating func linkChanged(
        _ report: ClientMessage.LinkReport, of peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        let sender = try index(peer)
        guard presences[sender].state.isAdmitted else { throw .notAdmitted }
        guard let other = presence(report.peer), presences[sender].mayKnow(of: other), other.state.isAdmitted else {
            throw .noSuchPeer
        }
        switch report.state {
        case .connected: update(peer) { $0.linked.insert(report.peer) }
        case .disconnected: update(peer) { $0.linked.remove(report.peer) }
        }
        followLinks(of: peer, at: now, into: &actions)
    }

    mutating func followLinks(of peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]) {
        guard let presence = presence(peer) else { return }
        if presence.state == .admitted, !presence.linked.isEmpty {
            change(peer, to: .connected, at: now, into: &actions)
        } else if presence.state == .connected, presence.linked.isEmpty {
            change(peer, to: .admitted, at: now, into: &actions)
        }
    }

    private mutating func left(
        _ peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        _ = try index(peer)
        remove(peer, .left, at: now, into: &actions)
    }

    /// A clinician who is in ends the session for all.
    private mutating func ended(
        by peer: PeerID, at now: Timestamp, into actions: inout [RoomAction]
    ) throws(SignalingError) {
        let presence = presences[try index(peer)]
        guard presence.part == .clinician else { throw .notAllowed }
        guard presence.state.isAdmitted else { throw .notAdmitted }
        end(.finished, at: now, into: &actions)
    }

    private func checkMayDecide(_ peer: PeerID, about target: PeerID) throws(SignalingError) {
        let presence = presences[try index(peer)]
        guard presence.part == .clinician else { throw .notAllowed }
        guard presence.state.isAdmitted else { throw .notAdmitted }
        guard self.presence(target)?.state == .waiting else { throw .noSuchPeer }
    }
}
