import RapportBase
import RapportSDP

extension NegotiationState {
    /// Completes an exchange: works out what it means and brings the transceivers up to date.
    mutating func settle(
        local: SessionDescription, remote: SessionDescription, isOfferer: Bool
    ) throws(NegotiationError) -> NegotiatedSession {
        let settlement = try Settlement(
            local: local, remote: remote, isOfferer: isOfferer, capabilities: capabilities,
            transceivers: transceivers, last: settled?.session)
        let session = settlement.session
        let ended = Set(session.stopped)
        transceivers.removeAll { ended.contains($0.id) }
        for media in session.media {
            guard let index = transceivers.firstIndex(where: { $0.id == media.transceiver }) else { continue }
            transceivers[index].currentDirection = media.direction
            if media.direction.sends { transceivers[index].hasSent = true }
        }
        settled = Settled(local: local, remote: remote, session: session)
        state = .stable
        return session
    }

    /// Takes an offer back.
    mutating func rollBack(_ pending: Pending) -> NegotiationAction {
        release(pending, besides: [])
        state = .stable
        return .rolledBack(settled?.session)
    }

    /// W3C webrtc-pc section 4.4.1.5: transceivers that got their tag from an offer lose it, those that it created go,
    /// unless a track was given to them meanwhile. Those with a tag in `kept` stay as they are.
    mutating func release(_ pending: Pending, besides kept: Set<MID>) {
        func isReleased(_ transceiver: Transceiver) -> Bool {
            guard let mid = transceiver.mid, !kept.contains(mid) else { return false }
            return pending.associated.contains(transceiver.id) || pending.created.contains(transceiver.id)
        }
        transceivers.removeAll { transceiver in
            guard isReleased(transceiver) else { return false }
            // Stopped while its first offer was under way: nobody else knows of it.
            return transceiver.isStopping || (pending.created.contains(transceiver.id) && !transceiver.hasTrack)
        }
        for index in transceivers.indices where isReleased(transceivers[index]) { transceivers[index].mid = nil }
    }
}
