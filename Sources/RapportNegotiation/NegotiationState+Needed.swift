import RapportSDP

extension NegotiationState {
    /// True when what is wanted differs from what is agreed, so that an offer is due. Always false while an exchange
    /// is under way: look again when it has ended. W3C webrtc-pc section 4.7.3.
    public var negotiationNeeded: Bool {
        switch state {
        case .stable: transceivers.contains { needsNegotiation($0) }
        case .haveLocalOffer, .haveRemoteOffer, .closed: false
        }
    }

    private func needsNegotiation(_ transceiver: Transceiver) -> Bool {
        guard let settled, let mid = transceiver.mid, let section = settled.local.index(of: mid) else {
            return !transceiver.isStopping
        }
        let (ours, theirs) = (settled.local.media[section], settled.remote.media[section])
        if transceiver.isStopping { return !isCarrier(transceiver) || settled.local.direction(of: ours) != .inactive }
        if transceiver.direction.sends && ours.streams != transceiver.identifications { return true }
        let (said, heard) = (settled.local.direction(of: ours), settled.remote.direction(of: theirs).reversed)
        if settled.session.isOfferer { return transceiver.direction != said && transceiver.direction != heard }
        return transceiver.direction.intersection(heard) != said
    }
}
