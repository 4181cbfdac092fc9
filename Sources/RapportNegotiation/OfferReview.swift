import RapportBase
import RapportRTP
import RapportSDP

/// What this side makes of a remote offer: which media descriptions it takes, and where the transport is said.
struct OfferReview: Sendable {
    /// A codec of ours with the numbers that the offer gives it.
    struct Match {
        var capability: CodecCapability
        var format: RTPCodec
        var retransmission: PayloadType?
        var redundancy: PayloadType?
        /// Offered before the sound itself: what the offerer would rather send.
        var prefersRedundancy: Bool
        var feedback: [RTCPFeedback]
    }

    enum Verdict {
        case accepted([Match])
        case refused(SectionRefusal)
        /// The offer itself has it switched off.
        case rejected
    }

    private(set) var verdicts: [Verdict]
    /// From the first media description that is taken; nil when the offer switches everything off.
    private(set) var transport: RemoteTransport?
    private(set) var setup: DTLSSetup?

    init(_ offer: SessionDescription, capabilities: Capabilities) throws(NegotiationError) {
        let bundle = try BundleCheck.bundle(of: offer)
        verdicts = offer.media.map { Self.verdict($0, capabilities) }
        transport = nil
        setup = nil
        let tag = bundle.first { isAccepted($0) } ?? verdicts.indices.first { isAccepted($0) }
        refuseUnbundled(bundle, besides: tag)
        guard let tag else {
            if verdicts.contains(where: { if case .refused = $0 { true } else { false } }) {
                throw .nothingAcceptable(refusals)
            }
            return
        }
        try checkMultiplexing(offer, tag)
        transport = try RemoteTransport(tag, of: offer)
        setup = try Self.setup(offer, tag)
    }

    func isAccepted(_ section: Int) -> Bool {
        switch verdicts[section] {
        case .accepted: true
        case .refused, .rejected: false
        }
    }

    private var refusals: [SectionRefusal?] {
        verdicts.map { if case .refused(let reason) = $0 { reason } else { nil } }
    }

    private mutating func refuseUnbundled(_ bundle: [Int], besides tag: Int?) {
        let together = Set(bundle)
        for section in verdicts.indices where section != tag && isAccepted(section) {
            if !together.contains(section) || !together.contains(tag ?? section) {
                verdicts[section] = .refused(.notBundled)
            }
        }
    }

    private func checkMultiplexing(_ offer: SessionDescription, _ tag: Int) throws(NegotiationError) {
        for section in verdicts.indices where isAccepted(section) {
            // RFC 9143 section 7.1.3: in later offers the tagged section may say it for all.
            guard offer.media[section].multiplexesRTCP || offer.media[tag].multiplexesRTCP else {
                throw .missingRTCPMux(section: section)
            }
        }
    }

    private static func setup(_ offer: SessionDescription, _ tag: Int) throws(NegotiationError) -> DTLSSetup {
        switch offer.transport(of: offer.media[tag]).setup {
        case .some(let setup) where setup != .holdconn: return setup
        case .some: throw .invalidSetup(section: tag)
        case nil: throw .missingSetup(section: tag)
        }
    }

    private static func verdict(_ section: MediaDescription, _ capabilities: Capabilities) -> Verdict {
        if section.isRejected { return .rejected }
        guard let kind = section.mediaKind else { return .refused(.unsupportedKind) }
        guard section.transportProtocol.isSecureRTP else { return .refused(.unsupportedProtocol) }
        let matches = matches(section, capabilities[kind])
        return matches.isEmpty ? .refused(.noCommonCodec) : .accepted(matches)
    }

    /// The common codecs in the offerer's order, each once. RFC 9429 section 5.3.1.
    private static func matches(_ section: MediaDescription, _ media: Capabilities.Media) -> [Match] {
        var matches: [Match] = []
        for format in section.codecs where !format.payloadType.collidesWithRTCP {
            guard let capability = media.codecs.first(where: { $0.describes(format) }),
                !matches.contains(where: { $0.capability.codec == capability.codec })
            else { continue }
            let offered = section.feedback(of: format)
            let repeated = section.retransmission(of: format.payloadType)?.payloadType
            let copied = section.redundancy(of: format.payloadType)?.payloadType
            matches.append(
                Match(
                    capability: capability, format: format,
                    retransmission: capability.retransmissionPayloadType == nil ? nil : repeated,
                    redundancy: capability.redundancyPayloadType == nil ? nil : copied,
                    prefersRedundancy: copied.map { isBefore($0, format.payloadType, in: section) } ?? false,
                    feedback: feedback(capability, offered)))
        }
        return matches
    }

    private static func isBefore(_ first: PayloadType, _ second: PayloadType, in section: MediaDescription) -> Bool {
        section.codecs.first { $0.payloadType == first || $0.payloadType == second }?.payloadType == first
    }

    // RFC 8888 section 6: of several ways to tell arrivals the answer takes one.
    private static func feedback(_ capability: CodecCapability, _ offered: [RTCPFeedback]) -> [RTCPFeedback] {
        let common = capability.feedback.filter { offered.contains($0) }
        guard common.contains(.transportCC) else { return common.filter { $0 != .repeatedTransportCC } }
        return common.filter { $0 != .congestionControl }
    }
}

extension OfferReview.Match {
    /// The formats of the answer, with the offerer's numbers and in its order: an offerer sends the first of them.
    /// RFC 3264 section 6.1.
    var formats: [RTPCodec] {
        let primary = capability.format(format.payloadType, feedback: feedback)
        let copied = redundancy.map { [capability.redundancyFormat($0, of: format.payloadType)] } ?? []
        return (prefersRedundancy ? copied : []) + [primary]
            + (retransmission.map { [capability.retransmissionFormat($0, of: format.payloadType)] } ?? [])
            + (prefersRedundancy ? [] : copied)
    }
}
