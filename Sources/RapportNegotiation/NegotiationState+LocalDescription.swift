import RapportBase
public import RapportSDP

extension NegotiationState {
    /// Sets a description that `createOffer` or `createAnswer` made, or takes a local offer back. RFC 9429 section 5.9.
    ///
    /// Throws and changes nothing when the description does not fit the state or the transceivers.
    /// - Parameter description: not looked at for `rollback`, needed for the other types.
    public mutating func setLocalDescription(
        _ type: SDPType, _ description: SessionDescription? = nil
    ) throws(NegotiationError) -> NegotiationAction {
        try atomically { next throws(NegotiationError) in
            switch type {
            case .offer: return try next.applyLocalOffer(try description.given(for: .offer))
            case .answer: return try next.applyLocalAnswer(try description.given(for: .answer))
            case .provisionalAnswer: throw .provisionalAnswerUnsupported
            case .rollback:
                guard case .haveLocalOffer(let pending) = next.state else { throw next.wrongState(.rollback) }
                return next.rollBack(pending)
            }
        }
    }

    /// Ties every media description to its transceiver; one with a new tag to the next that has none, as
    /// `createOffer` placed them in that order.
    private mutating func applyLocalOffer(_ offer: SessionDescription) throws(NegotiationError) -> NegotiationAction {
        var pending = try localPending(offer)
        _ = try BundleCheck.bundle(of: offer)
        try checkPlaces(of: offer)
        pending.associated.formUnion(try associate(offer.media))
        noteLocal(offer)
        state = .haveLocalOffer(pending)
        return .awaitAnswer
    }

    /// The transceivers that got their tag by this.
    private mutating func associate(_ media: [MediaDescription]) throws(NegotiationError) -> Set<TransceiverID> {
        var associated: Set<TransceiverID> = []
        for (index, section) in media.enumerated() where !section.isRejected {
            if transceiver(with: section.mid) != nil { continue }
            guard let free = firstFree(section.mediaKind) else { throw .unmatchedSection(index) }
            transceivers[free].mid = section.mid
            associated.insert(transceivers[free].id)
        }
        return associated
    }

    // Not a closure in the loop above: Swift 6.3.1's optimizer stops at a section captured by one.
    private func firstFree(_ kind: MediaKind?) -> Int? {
        transceivers.firstIndex { $0.mid == nil && !$0.isStopping && $0.kind == kind }
    }

    /// A second offer takes the place of the first. RFC 9429 section 4.1.10.
    private mutating func localPending(_ offer: SessionDescription) throws(NegotiationError) -> Pending {
        switch state {
        case .stable: return Pending(offer: offer)
        case .haveLocalOffer(var pending):
            release(pending, besides: Set(offer.media.compactMap(\.mid)))
            pending.offer = offer
            return pending
        case .haveRemoteOffer, .closed: throw wrongState(.offer)
        }
    }

    private mutating func applyLocalAnswer(_ answer: SessionDescription) throws(NegotiationError) -> NegotiationAction {
        guard case .haveRemoteOffer(let pending, _) = state else { throw wrongState(.answer) }
        try Settlement.checkPlaces(of: answer, answering: pending.offer)
        noteLocal(answer)
        return .apply(try settle(local: answer, remote: pending.offer, isOfferer: false))
    }

    private mutating func noteLocal(_ description: SessionDescription) {
        version = max(version, description.origin.sessionVersion)
        usedMIDs.formUnion(description.media.compactMap(\.mid))
    }

    /// A later offer keeps the places, tags and kinds of the exchange before, save where both sides had switched a
    /// place off. RFC 9429 section 5.2.2; RFC 3264 section 8.
    func checkPlaces(of offer: SessionDescription) throws(NegotiationError) {
        guard let settled else { return }
        guard offer.media.count >= settled.local.media.count else {
            throw .sectionCount(expected: settled.local.media.count, actual: offer.media.count)
        }
        for (index, last) in settled.local.media.enumerated() where !isSettledAsRejected(index) {
            let section = offer.media[index]
            if section.isRejected && section.mid == nil { continue }
            guard section.mid == last.mid else { throw .midMismatch(section: index) }
            guard section.kind == last.kind else { throw .kindMismatch(section: index) }
        }
    }
}
