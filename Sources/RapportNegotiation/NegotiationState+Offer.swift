import RapportBase
public import RapportSDP

extension NegotiationState {
    /// A place for a media description in the next offer.
    private struct Slot {
        var last: MediaDescription
        /// Switched off for both sides: a new media description may take the place. RFC 9429 section 5.2.2.
        var isFree: Bool
    }

    /// Writes an offer of all transceivers. Places and tags of the exchange before stay; what was added comes behind,
    /// or on a place that was freed. RFC 9429 sections 5.2.1 and 5.2.2.
    public func createOffer(transport: LocalTransport) throws(NegotiationError) -> SessionDescription {
        let slots = try offerSlots()
        var waiting = transceivers.filter { $0.mid == nil && !$0.isStopping }[...]
        var writer = OfferWriter(self, transport: transport)
        for slot in slots {
            if let transceiver = transceiver(with: slot.last.mid), isOffered(transceiver), !slot.isFree {
                writer.append(transceiver)
            } else if slot.isFree, let transceiver = waiting.popFirst() {
                writer.append(transceiver)
            } else {
                writer.appendRejection(of: slot.last)
            }
        }
        for transceiver in waiting { writer.append(transceiver) }
        let offer = writer.offer
        guard !offer.media.isEmpty else { throw .nothingToOffer }
        guard offer.media.count <= SessionDescription.maximumMediaSections else {
            throw .tooManySections(offer.media.count)
        }
        return offer
    }

    private func offerSlots() throws(NegotiationError) -> [Slot] {
        switch state {
        case .haveRemoteOffer, .closed: throw wrongState(.offer)
        case .stable: return slots(settled?.local.media ?? [])
        case .haveLocalOffer(let pending): return slots(pending.offer.media)
        }
    }

    /// A place before the section that speaks for the bundle stays empty, other than RFC 9429 section 5.2.2 has it: a
    /// new section there would speak for the bundle in its stead, and browsers lose the DTLS role then.
    private func slots(_ media: [MediaDescription]) -> [Slot] {
        let first = media.firstIndex { transceiver(with: $0.mid).map(isOffered) == true && !$0.isRejected } ?? -1
        return media.enumerated().map { index, section in
            Slot(last: section, isFree: index > first && section.isRejected && isSettledAsRejected(index))
        }
    }

    private func isOffered(_ transceiver: Transceiver) -> Bool { !transceiver.isStopping || isCarrier(transceiver) }

    /// True for a stopping transceiver whose section speaks for the bundle while others go on. It is kept, `inactive`,
    /// until it is the last: Chromium would end the whole transport with it, and Firefox would lose its media.
    func isCarrier(_ transceiver: Transceiver) -> Bool {
        transceiver.isStopping && transceiver.mid == settled?.session.remote.mid
            && transceivers.contains { !$0.isStopping }
    }

    /// True when the last completed exchange left this place switched off.
    func isSettledAsRejected(_ index: Int) -> Bool {
        guard let settled, settled.local.media.indices.contains(index) else { return false }
        return settled.local.media[index].isRejected || settled.remote.media[index].isRejected
    }
}

/// Puts the media descriptions of an offer together.
private struct OfferWriter {
    private(set) var offer: SessionDescription
    private let state: NegotiationState
    private let section: LocalSection
    private var numbers: NumberAllocator
    private var usedMIDs: Set<MID>
    /// In the order of the sections, as Chromium writes its answer so: the first speaks for the bundle.
    private var bundle: [MID] = []

    init(_ state: NegotiationState, transport: LocalTransport) {
        self.state = state
        offer = state.emptyDescription()
        offer.allowsMixedExtensions = true
        section = LocalSection(transport: transport, setup: .actpass, canonicalName: state.canonicalName)
        numbers = NumberAllocator(local: state.settled?.local, remote: state.settled?.remote)
        usedMIDs = state.usedMIDs
    }

    mutating func append(_ transceiver: Transceiver) {
        let mid = transceiver.mid ?? freshMID()
        let media = state.capabilities[transceiver.kind]
        let index = offer.media.count
        var description = section.description(
            of: transceiver, mid: mid, direction: transceiver.isStopping ? .inactive : transceiver.direction,
            codecs: numbers.formats(media, section: index), isTagged: bundle.isEmpty)
        description.extensions = numbers.extensions(media, section: index)
        offer.media.append(description)
        bundle.append(mid)
        offer.groups = [MediaGroup(semantics: MediaGroup.bundle, mids: bundle)]
    }

    mutating func appendRejection(of last: MediaDescription) { offer.media.append(LocalSection.rejection(of: last)) }

    /// The smallest number that was never a tag in this session.
    private mutating func freshMID() -> MID {
        var number = 0
        while usedMIDs.contains(MID(String(number))) { number += 1 }
        usedMIDs.insert(MID(String(number)))
        return MID(String(number))
    }
}

extension NegotiationState {
    /// The session lines of the next local description.
    func emptyDescription() -> SessionDescription {
        var description = SessionDescription(origin: SessionOrigin(sessionID: sessionID, sessionVersion: version + 1))
        description.transport.iceOptions = ["trickle"]
        description.streamSemantics = MediaStreamSemantics(streamIDs: ["*"])
        return description
    }
}
