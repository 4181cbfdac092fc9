import RapportBase
import RapportSDP

/// Writes this side's media descriptions. RFC 9429 sections 5.2.1 and 5.3.1.
struct LocalSection {
    var transport: LocalTransport
    var setup: DTLSSetup
    var canonicalName: String

    /// An accepted media description.
    /// - Parameter isTagged: it speaks for the bundle and carries the candidates. RFC 8840 section 4.1.3.
    func description(
        of transceiver: Transceiver, mid: MID, direction: MediaDirection, codecs: [RTPCodec], isTagged: Bool
    ) -> MediaDescription {
        let formats = codecs.map { Self.withChannels(Self.withoutCommon($0), of: transceiver) }
        var section = MediaDescription(kind: transceiver.kind, codecs: formats)
        // RFC 8888 section 6: reports are about the transport, so they are said for every format.
        if codecs.contains(where: { $0.feedback.contains(.congestionControl) }) {
            section.commonFeedback = [.congestionControl]
        }
        section.connection = .unspecified
        section.rtcpAddress = RTCPAddress(port: 9, address: .unspecified)
        section.mid = mid
        section.direction = direction
        // The transport is repeated in each section: browsers do so, and older endpoints look for it there.
        section.transport = TransportDescription(
            usernameFragment: transport.ice.usernameFragment, password: transport.ice.password,
            fingerprints: transport.fingerprints, setup: setup)
        section.multiplexesRTCP = true
        section.usesReducedSizeRTCP = true
        if isTagged {
            section.candidates = transport.candidates
            section.hasEndOfCandidates = transport.hasEndOfCandidates
        }
        if direction.sends { describeSources(of: transceiver, in: &section) }
        return section
    }

    private static func withoutCommon(_ codec: RTPCodec) -> RTPCodec {
        var codec = codec
        codec.feedback.removeAll { $0 == .congestionControl }
        return codec
    }

    // RFC 7587 section 7.1: both are declarative, each side says what holds for itself; one channel is not mentioned.
    private static func withChannels(_ codec: RTPCodec, of transceiver: Transceiver) -> RTPCodec {
        guard let opus = MediaCodec.opus.channels,
            codec.isEncoding(MediaCodec.opus.name, clockRate: codec.clockRate, channels: opus)
        else { return codec }
        var codec = codec
        if transceiver.playsStereo { codec.parameters.entries.append(.init(name: "stereo", value: "1")) }
        if transceiver.sendsStereo { codec.parameters.entries.append(.init(name: "sprop-stereo", value: "1")) }
        return codec
    }

    private func describeSources(of transceiver: Transceiver, in section: inout MediaDescription) {
        section.streams = transceiver.identifications
        var sources = [transceiver.sendSSRC]
        let repeats = section.codecs.contains { $0.associatedPayloadType != nil }
        if let repeated = transceiver.sendRetransmissionSSRC, repeats {
            sources.append(repeated)
            section.sourceGroups = [MediaSourceGroup(semantics: MediaSourceGroup.flowIdentification, sources: sources)]
        }
        if let repairing = transceiver.sendRepairSSRC, section.repair != nil {
            sources.append(repairing)
            section.sourceGroups.append(
                MediaSourceGroup(
                    semantics: MediaSourceGroup.forwardErrorCorrection, sources: [transceiver.sendSSRC, repairing]))
        }
        let name = SDPAttribute(name: "cname", value: canonicalName)
        section.sources = sources.map { MediaSource(ssrc: $0, attributes: [name]) }
    }

    /// A media description that is switched off or refused; its place and its tag stay. RFC 3264 section 6.
    static func rejection(of section: MediaDescription) -> MediaDescription {
        var rejected = MediaDescription(
            kind: section.kind, port: 0, transportProtocol: section.transportProtocol, formats: section.formats)
        rejected.connection = .unspecified
        rejected.mid = section.mid
        rejected.direction = .inactive
        return rejected
    }
}
