import RapportBase
public import RapportSDP

extension NegotiationState {
    /// Sets a description that the other side made, or takes its offer back. RFC 9429 section 5.10.
    ///
    /// Throws and changes nothing when the description does not fit. An offer against our own is refused here; see
    /// `setRemoteOfferRollingBack`.
    /// - Parameter description: not looked at for `rollback`, needed for the other types.
    public mutating func setRemoteDescription(
        _ type: SDPType, _ description: SessionDescription? = nil
    ) throws(NegotiationError) -> NegotiationAction {
        try atomically { next throws(NegotiationError) in
            switch type {
            case .offer: return try next.applyRemoteOffer(try description.given(for: .offer))
            case .answer: return try next.applyRemoteAnswer(try description.given(for: .answer))
            case .provisionalAnswer: throw .provisionalAnswerUnsupported
            case .rollback:
                guard case .haveRemoteOffer(let pending, _) = next.state else { throw next.wrongState(.rollback) }
                return next.rollBack(pending)
            }
        }
    }

    /// Sets a remote offer and, if a local one stands, takes that back first: what the polite side does on glare.
    ///
    /// When the remote offer cannot be taken, the local one stays. RFC 9429 section 4.1.10.2; W3C webrtc-pc
    /// section 4.4.1.5.
    public mutating func setRemoteOfferRollingBack(
        _ offer: SessionDescription
    ) throws(NegotiationError) -> NegotiationAction {
        try atomically { next throws(NegotiationError) in
            if case .haveLocalOffer = next.state { _ = try next.setLocalDescription(.rollback) }
            return try next.setRemoteDescription(.offer, offer)
        }
    }

    private mutating func applyRemoteOffer(_ offer: SessionDescription) throws(NegotiationError) -> NegotiationAction {
        var pending = try remotePending(offer)
        let review = try OfferReview(offer, capabilities: capabilities)
        try checkPlaces(of: offer)
        for (index, section) in offer.media.enumerated() where review.isAccepted(index) {
            associate(section, offer, &pending)
        }
        usedMIDs.formUnion(offer.media.compactMap(\.mid))
        state = .haveRemoteOffer(pending, review)
        return .answer(review.transport)
    }

    /// A second offer takes the place of the first. RFC 9429 section 4.1.10.
    private mutating func remotePending(_ offer: SessionDescription) throws(NegotiationError) -> Pending {
        switch state {
        case .stable: return Pending(offer: offer)
        case .haveRemoteOffer(var pending, _):
            release(pending, besides: Set(offer.media.compactMap(\.mid)))
            pending.offer = offer
            return pending
        case .haveLocalOffer, .closed: throw wrongState(.offer)
        }
    }

    /// RFC 9429 section 5.10: the transceiver with the tag, else one that `addTrack` made, else a new one that
    /// receives only.
    private mutating func associate(
        _ section: MediaDescription, _ offer: SessionDescription, _ pending: inout Pending
    ) {
        guard let kind = section.mediaKind, transceiver(with: section.mid) == nil else { return }
        let wantsOurs = offer.direction(of: section).receives
        let place = transceivers.firstIndex {
            wantsOurs && $0.isFromTrack && $0.mid == nil && !$0.isStopping && $0.kind == kind
        }
        if let place {
            transceivers[place].mid = section.mid
            pending.associated.insert(transceivers[place].id)
        } else {
            pending.created.insert(append(kind, .recvonly, [], nil, isFromTrack: false))
            transceivers[transceivers.count - 1].mid = section.mid
        }
    }

    private mutating func applyRemoteAnswer(
        _ answer: SessionDescription
    ) throws(NegotiationError) -> NegotiationAction {
        guard case .haveLocalOffer(let pending) = state else { throw wrongState(.answer) }
        try Settlement.checkPlaces(of: answer, answering: pending.offer)
        return .apply(try settle(local: pending.offer, remote: answer, isOfferer: true))
    }
}

extension SessionDescription? {
    /// The description that this type needs.
    func given(for type: SDPType) throws(NegotiationError) -> SessionDescription {
        guard let self else { throw .missingDescription(type) }
        return self
    }
}
