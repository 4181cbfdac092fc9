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

    /// Takes an offer back. W3C webrtc-pc section 4.4.1.5: transceivers that got their tag from it lose it, those
    /// that it created go, unless a track was given to them meanwhile.
    mutating func rollBack(_ pending: Pending) -> NegotiationAction {
        transceivers.removeAll { transceiver in
            if pending.created.contains(transceiver.id) { return !transceiver.hasTrack }
            // Stopped while its first offer was under way: nobody else knows of it.
            return transceiver.isStopping && pending.associated.contains(transceiver.id)
        }
        for index in transceivers.indices {
            let id = transceivers[index].id
            if pending.associated.contains(id) || pending.created.contains(id) { transceivers[index].mid = nil }
        }
        state = .stable
        return .rolledBack(settled?.session)
    }
}
