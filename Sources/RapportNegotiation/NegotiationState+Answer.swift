import RapportBase
import RapportRTP
public import RapportSDP

extension NegotiationState {
    /// Writes an answer to the remote offer that stands. RFC 9429 section 5.3.1.
    ///
    /// Media descriptions without a common codec, of another kind or outside of the bundle are refused with port 0.
    public func createAnswer(transport: LocalTransport) throws(NegotiationError) -> SessionDescription {
        guard case .haveRemoteOffer(let pending, let review) = state else { throw wrongState(.answer) }
        let offer = pending.offer
        let writer = LocalSection(
            transport: transport, setup: answerSetup(review, offer), canonicalName: canonicalName)
        var answer = emptyDescription()
        answer.allowsMixedExtensions = offer.allowsMixedExtensions
        var bundle: [MID] = []
        for (index, section) in offer.media.enumerated() {
            guard let accepted = acceptance(of: section, review.verdicts[index], offer) else {
                answer.media.append(LocalSection.rejection(of: section))
                continue
            }
            let isTagged = index == review.transport?.section
            answer.media.append(accepted.description(writer, isTagged: isTagged, offer: offer))
            if isTagged { bundle.insert(accepted.mid, at: 0) } else { bundle.append(accepted.mid) }
        }
        // Nothing is grouped when the offer groups nothing. RFC 9143 section 7.3.
        if !offer.bundle.isEmpty && !bundle.isEmpty {
            answer.groups = [MediaGroup(semantics: MediaGroup.bundle, mids: bundle)]
        }
        return answer
    }

    /// RFC 5763 section 5: `active` is better, as it saves half a round trip. RFC 8842 section 5.3: an association
    /// that exists keeps its roles.
    private func answerSetup(_ review: OfferReview, _ offer: SessionDescription) -> DTLSSetup {
        switch review.setup {
        case .active: return .passive
        case .passive: return .active
        case .actpass, .holdconn, nil:
            guard let last = settled?.session, last.remote.fingerprints == review.transport?.fingerprints,
                !Settlement.endsTransport(of: last, offer)
            else { return .active }
            return last.dtlsRole == .server ? .passive : .active
        }
    }

    private func acceptance(
        of section: MediaDescription, _ verdict: OfferReview.Verdict, _ offer: SessionDescription
    ) -> Acceptance? {
        guard case .accepted(let matches) = verdict, let mid = section.mid, let transceiver = transceiver(with: mid)
        else { return nil }
        // W3C webrtc-pc section 5.4.1: a transceiver that is stopping is answered `inactive`; its end is offered.
        let wanted = transceiver.isStopping ? .inactive : transceiver.direction
        return Acceptance(
            mid: mid, transceiver: transceiver, direction: wanted.intersection(offer.direction(of: section).reversed),
            matches: matches, section: section, known: capabilities[transceiver.kind])
    }
}

/// A media description of an offer that is taken.
private struct Acceptance {
    var mid: MID
    var transceiver: Transceiver
    var direction: MediaDirection
    var matches: [OfferReview.Match]
    var section: MediaDescription
    var known: Capabilities.Media

    func description(_ writer: LocalSection, isTagged: Bool, offer: SessionDescription) -> MediaDescription {
        var answer = writer.description(
            of: transceiver, mid: mid, direction: direction, codecs: matches.flatMap(\.formats) + repairFormats,
            isTagged: isTagged)
        answer.transportProtocol = section.transportProtocol
        answer.usesReducedSizeRTCP = section.usesReducedSizeRTCP
        answer.allowsMixedExtensions = section.allowsMixedExtensions
        answer.extensions = extensions(offer)
        return answer
    }

    private var repairFormats: [RTPCodec] {
        guard let offered = section.repair, !offered.payloadType.collidesWithRTCP, known.repairPayloadType != nil
        else { return [] }
        return [known.repairFormat(offered.payloadType)]
    }

    /// The extensions that this side knows too, with the offer's numbers. RFC 8285 section 5. Those offered for one
    /// way only are left out: none of ours is of use that way.
    private func extensions(_ offer: SessionDescription) -> [HeaderExtensionMapping] {
        let isMixed = offer.allowsMixedExtensions || section.allowsMixedExtensions
        let largest = isMixed ? 255 : UInt16(HeaderExtensionMap.largestOneByteID)
        var taken: [HeaderExtensionMapping] = []
        for mapping in offer.extensions(of: section) {
            guard let name = HeaderExtension(uri: mapping.uri), known.extensions[name] != nil, mapping.id <= largest,
                mapping.direction == nil || mapping.direction == .sendrecv,
                !taken.contains(where: { $0.uri == mapping.uri || $0.id == mapping.id })
            else { continue }
            taken.append(HeaderExtensionMapping(id: mapping.id, uri: mapping.uri))
        }
        return taken
    }
}
