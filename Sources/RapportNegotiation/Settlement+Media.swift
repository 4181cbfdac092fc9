import RapportBase
import RapportRTP
import RapportSDP

extension Settlement {
    /// A codec of ours with the format of either side.
    private struct Pair {
        var capability: CodecCapability
        var local: RTPCodec
        var remote: RTPCodec
        /// Retransmissions go both ways or not at all. RFC 4588 section 8.6.
        var retransmissions: (local: PayloadType, remote: PayloadType)?

        /// Copies of older packets, too. RFC 2198.
        var redundancy: (local: PayloadType, remote: PayloadType)?

        /// How to send: the numbers and wishes are the other side's.
        var sending: NegotiatedCodec {
            NegotiatedCodec(
                codec: capability.codec, payloadType: remote.payloadType,
                retransmissionPayloadType: retransmissions?.remote, redundancyPayloadType: redundancy?.remote,
                parameters: remote.parameters)
        }

        /// What comes in: the numbers and wishes are this side's.
        var receiving: NegotiatedCodec {
            NegotiatedCodec(
                codec: capability.codec, payloadType: local.payloadType,
                retransmissionPayloadType: retransmissions?.local, redundancyPayloadType: redundancy?.local,
                parameters: local.parameters)
        }
    }

    func media(_ section: Int, _ mid: MID, _ transceiver: Transceiver) throws(NegotiationError) -> NegotiatedMedia {
        let (ours, theirs) = (local.media[section], remote.media[section])
        let pairs = pairs(ours, theirs, transceiver.kind)
        guard let first = pairs.first else { throw .noCommonCodec(section: section) }
        let direction = local.direction(of: ours).intersection(remote.direction(of: theirs).reversed)
        let send = first.sending
        let sources = remoteSources(theirs)
        return NegotiatedMedia(
            transceiver: transceiver.id, mid: mid, section: section, kind: transceiver.kind, direction: direction,
            sendCodec: send, receiveCodecs: pairs.map(\.receiving),
            extensions: extensions(ours, theirs),
            feedback: FeedbackSet(ours.feedback(of: first.local))
                .intersection(FeedbackSet(theirs.feedback(of: first.remote)))
                .intersection(FeedbackSet(first.capability.feedback)),
            usesReducedSizeRTCP: ours.usesReducedSizeRTCP && theirs.usesReducedSizeRTCP,
            sendSSRC: transceiver.sendSSRC,
            sendRetransmissionSSRC: send.retransmissionPayloadType == nil ? nil : transceiver.sendRetransmissionSSRC,
            remoteSSRC: sources.primary, remoteRetransmissionSSRC: sources.retransmission,
            repair: repair(ours, theirs, transceiver),
            remoteStreamIDs: theirs.streams.map(\.streamID).filter { $0 != "-" },
            remoteTrackID: theirs.streams.first?.trackID)
    }

    /// The codecs that both descriptions have, in the answer's order: the first is the one to send. RFC 3264
    /// section 6.1.
    private func pairs(_ ours: MediaDescription, _ theirs: MediaDescription, _ kind: MediaKind) -> [Pair] {
        var pairs: [Pair] = []
        for format in (isOfferer ? theirs : ours).codecs {
            guard let capability = capabilities[kind].codecs.first(where: { $0.describes(format) }),
                !pairs.contains(where: { $0.capability.codec == capability.codec }),
                let local = ours.codecs.first(where: capability.describes),
                let remote = theirs.codecs.first(where: capability.describes)
            else { continue }
            var pair = Pair(capability: capability, local: local, remote: remote)
            if let mine = ours.retransmission(of: local.payloadType)?.payloadType,
                let yours = theirs.retransmission(of: remote.payloadType)?.payloadType
            {
                pair.retransmissions = (mine, yours)
            }
            if let mine = ours.redundancy(of: local.payloadType)?.payloadType,
                let yours = theirs.redundancy(of: remote.payloadType)?.payloadType
            {
                pair.redundancy = (mine, yours)
            }
            pairs.append(pair)
        }
        return pairs
    }

    /// Those that both sides map to the same number, as an answer has to. RFC 8285 section 5.
    private func extensions(_ ours: MediaDescription, _ theirs: MediaDescription) -> HeaderExtensionMap {
        var map = HeaderExtensionMap()
        let remoteMappings = remote.extensions(of: theirs)
        for mapping in local.extensions(of: ours) {
            guard let name = HeaderExtension(uri: mapping.uri), let id = UInt8(exactly: mapping.id),
                remoteMappings.contains(where: { $0.uri == mapping.uri && $0.id == mapping.id })
            else { continue }
            map[name] = id
        }
        return map
    }

    /// Repair packets go both ways or not at all, as retransmissions do.
    private func repair(
        _ ours: MediaDescription, _ theirs: MediaDescription, _ transceiver: Transceiver
    ) -> NegotiatedRepair? {
        guard capabilities[transceiver.kind].repairPayloadType != nil, let ssrc = transceiver.sendRepairSSRC,
            let mine = ours.repair?.payloadType, let yours = theirs.repair?.payloadType
        else { return nil }
        let group = theirs.sourceGroups.first {
            $0.semantics == MediaSourceGroup.forwardErrorCorrection && $0.sources.count == 2
        }
        return NegotiatedRepair(
            sendPayloadType: yours, receivePayloadType: mine, sendSSRC: ssrc, remoteSSRC: group?.sources[1])
    }

    /// The stream of the first group, else the first that is named. RFC 5576 section 4.2.
    private func remoteSources(_ theirs: MediaDescription) -> (primary: SSRC?, retransmission: SSRC?) {
        guard remote.direction(of: theirs).sends else { return (nil, nil) }
        let group = theirs.sourceGroups.first {
            $0.semantics == MediaSourceGroup.flowIdentification && $0.sources.count == 2
        }
        return group.map { ($0.sources[0], $0.sources[1]) } ?? (theirs.sources.first?.ssrc, nil)
    }
}
