import Foundation
import RapportBase
import RapportNegotiation
import RapportRTP
import RapportSDP
import Testing

@Suite("Offer and answer between two of us")
struct OfferAnswerTests {
    @Test("audio and video are agreed both ways, and the two sides mirror each other")
    func bothWays() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try negotiate(&caller, &callee)
        let (ours, theirs) = (try caller.session, try callee.session)
        #expect(ours.media.map(\.kind) == [.audio, .video] && ours.media.map(\.direction) == [.sendrecv, .sendrecv])
        #expect(ours.dtlsRole == .server && theirs.dtlsRole == .client, "the answerer is active")
        #expect(ours.isOfferer && !theirs.isOfferer)
        #expect(ours.remoteICE == callee.transport.ice && theirs.remoteICE == caller.transport.ice)
        #expect(ours.remoteFingerprints == callee.transport.fingerprints)
        #expect(ours.remoteCandidates == callee.transport.candidates)
        #expect(ours.bundleMID == MID("0") && !ours.remoteIsICELite && ours.remote.trickles)
        for (a, b) in zip(ours.media, theirs.media) {
            #expect(a.mid == b.mid && a.extensions == b.extensions && a.feedback == b.feedback)
            #expect(a.sendCodec.payloadType == b.receiveCodecs[0].payloadType)
            #expect(a.remoteSSRC == b.sendSSRC && b.remoteSSRC == a.sendSSRC)
            #expect(a.remoteRetransmissionSSRC == b.sendRetransmissionSSRC)
            #expect(a.usesReducedSizeRTCP && b.usesReducedSizeRTCP)
        }
        #expect(ours.media[1].remoteStreamIDs == ["stream2"] && ours.media[1].remoteTrackID == "video2")
    }

    @Test("RFC 2198 section 5: copies of older packets are used where both sides take them, with either side's numbers")
    func redundancy() throws {
        var (caller, callee) = (
            Party(seed: 1, capabilities: .standard.withRedundantSound),
            Party(seed: 2, capabilities: .standard.withRedundantSound)
        )
        try caller.state.addTrack(.audio, streamIDs: ["s"], trackID: "a")
        let offer = try caller.offer()
        #expect(offer.contains("a=rtpmap:63 red/48000/2\r\n") && offer.contains("a=fmtp:63 111/111\r\n"))
        let renumbered = offer.replacingOccurrences(of: "63 red", with: "119 red")
            .replacingOccurrences(of: "fmtp:63", with: "fmtp:119").replacingOccurrences(of: "111 63", with: "111 119")
        try callee.take(offer: renumbered)
        let answer = try callee.answer()
        #expect(answer.contains("a=fmtp:119 111/111\r\n"))
        #expect(try callee.media("0").sendCodec.redundancyPayloadType?.rawValue == 119)
        // A peer that names other formats, or none, gets none.
        for list in ["111/110", "111", "0-15", ""] {
            var other = Party(seed: 3, capabilities: .standard.withRedundantSound)
            try other.take(offer: offer.replacingOccurrences(of: "a=fmtp:63 111/111", with: "a=fmtp:63 " + list))
            #expect(try !other.answer().contains("red/48000"), "\(list)")
        }
        var plain = Party(seed: 4)
        try plain.take(offer: offer)
        try caller.take(answer: try plain.answer())
        #expect(try caller.media("0").sendCodec.redundancyPayloadType == nil)
    }

    @Test("RFC 3264 section 6.1: an answer keeps the offer's order, so an offerer that puts copies first sends them")
    func redundancyFirst() throws {
        var (caller, callee) = (
            Party(seed: 1, capabilities: .standard.withRedundantSound),
            Party(seed: 2, capabilities: .standard.withRedundantSound)
        )
        try caller.state.addTrack(.audio, streamIDs: ["s"], trackID: "a")
        let offer = try caller.offer()
        try callee.take(offer: offer.replacingOccurrences(of: "111 63\r\n", with: "63 111\r\n"))
        #expect(try callee.answer().contains(" 63 111\r\n"))
        #expect(try callee.media("0").sendCodec.payloadType.rawValue == 111)
        #expect(try callee.media("0").sendCodec.redundancyPayloadType?.rawValue == 63)
        var other = Party(seed: 3, capabilities: .standard.withRedundantSound)
        try other.take(offer: offer)
        #expect(try other.answer().contains(" 111 63\r\n"))
    }

    @Test("RFC 7587 section 6.1: each side says whether it may send two channels and whether it asks for two")
    func stereo() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        let sound = try #require(caller.state.transceivers.first { $0.kind == .audio }).id
        try caller.state.setSendsStereo(true, of: sound)
        let offer = try caller.offer()
        #expect(offer.contains("a=fmtp:111 minptime=10;useinbandfec=1;sprop-stereo=1\r\n"))
        try callee.take(offer: offer)
        let taken = try #require(callee.state.transceivers.first { $0.kind == .audio }).id
        try callee.state.setPlaysStereo(true, of: taken)
        let answer = try callee.answer()
        #expect(answer.contains("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n"))
        try caller.take(answer: answer)
        let (asked, told) = (
            OpusParameters(try caller.media("0").sendCodec.parameters),
            OpusParameters(try callee.media("0").sendCodec.parameters)
        )
        #expect(asked.prefersStereo && !asked.maySendStereo && !told.prefersStereo && told.maySendStereo)
        // What was said may be taken back with the next exchange.
        try caller.state.setSendsStereo(false, of: sound)
        #expect(try !caller.offer().contains("stereo"))
    }

    @Test("repair packets are taken where both sides know them: numbers, streams and the group of RFC 5956")
    func repair() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        let text = try caller.offer()
        let offer = try SessionDescription(parsing: text)
        #expect(offer.media[1].repair?.payloadType.rawValue == 49)
        #expect(offer.media[1].repair?.parameters["repair-window"] == "10000000")
        let group = try #require(offer.media[1].sourceGroups.first { $0.semantics == "FEC-FR" })
        try callee.take(offer: text)
        try caller.take(answer: try callee.answer())
        let (near, far) = (try #require(caller.media("1").repair), try #require(callee.media("1").repair))
        #expect(group.sources == [try caller.media("1").sendSSRC, near.sendSSRC])
        #expect(near.remoteSSRC == far.sendSSRC && far.remoteSSRC == near.sendSSRC)
        #expect(near.sendPayloadType.rawValue == 49 && far.receivePayloadType.rawValue == 49)
        #expect(try caller.media("0").repair == nil)
    }

    @Test("repair packets are not sent to a peer that does not know them, and its offer decides their number")
    func repairElsewhere() throws {
        var capabilities = Capabilities.standard
        var (caller, plain) = (try Party.sending(1), try Party.sending(2, capabilities: .standard.withoutRepair))
        try negotiate(&caller, &plain)
        #expect(try caller.media("1").repair == nil && plain.media("1").repair == nil)
        (plain, caller) = (try Party.sending(5, capabilities: .standard.withoutRepair), try Party.sending(6))
        try negotiate(&plain, &caller)
        #expect(try caller.media("1").repair == nil && plain.media("1").repair == nil)
        capabilities.video.repairPayloadType = PayloadType(masking: 120)
        var (other, callee) = (try Party.sending(3, capabilities: capabilities), try Party.sending(4))
        try negotiate(&other, &callee)
        #expect(try callee.media("1").repair?.sendPayloadType.rawValue == 120)
    }

    @Test("codecs, feedback and header extensions are those that are wired")
    func contents() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try negotiate(&caller, &callee)
        let (audio, video) = (try caller.media("0"), try caller.media("1"))
        #expect(audio.sendCodec.codec == .opus && audio.sendCodec.payloadType.rawValue == 111)
        #expect(audio.sendCodec.retransmissionPayloadType == nil && audio.sendRetransmissionSSRC == nil)
        let opus = OpusParameters(audio.sendCodec.parameters)
        #expect(opus.usesInbandFEC && opus.minimumPacketMilliseconds == 10 && !opus.prefersStereo)
        #expect(audio.feedback == [.transportCC, .repeatedTransportCC])
        #expect(
            audio.extensions
                == HeaderExtensionMap([.audioLevel: 1, .absoluteSendTime: 2, .transportSequenceNumber: 3, .mid: 4]))
        #expect(video.sendCodec.codec == .vp8 && video.sendCodec.payloadType.rawValue == 96)
        #expect(video.sendCodec.retransmissionPayloadType?.rawValue == 97 && video.sendRetransmissionSSRC != nil)
        #expect(
            video.feedback == [
                .nack, .pictureLossIndication, .fullIntraRequest, .transportCC, .receiverEstimatedMaximumBitrate,
                .repeatedTransportCC,
            ])
        #expect(
            video.extensions == HeaderExtensionMap([.absoluteSendTime: 2, .transportSequenceNumber: 3, .mid: 4]))
    }

    @Test("an offer has what RFC 9429 section 5.2.1 asks for")
    func offerLines() throws {
        var caller = try Party.sending(1)
        let offer = try SessionDescription(parsing: try caller.offer())
        #expect(offer.bundle == [MID("0"), MID("1")] && offer.allowsMixedExtensions)
        #expect(offer.transport.iceOptions == ["trickle"])
        #expect(offer.origin.sessionID < 1 << 63)
        for section in offer.media {
            #expect(section.port == 9 && section.transportProtocol == .secureRTP && section.connection == .unspecified)
            #expect(section.multiplexesRTCP && section.usesReducedSizeRTCP)
            #expect(section.transport.setup == .actpass && section.transport.iceParameters == caller.transport.ice)
            #expect(section.transport.fingerprints == caller.transport.fingerprints)
            #expect(section.streams.count == 1)
            #expect(Set(section.sources.map(\.canonicalName)).count == 1)
        }
        #expect(offer.media[0].candidates == caller.transport.candidates && offer.media[1].candidates.isEmpty)
        #expect(offer.media[0].codecs.map(\.name) == ["opus"], "no telephone-event, no PCMU: they are not wired")
        #expect(offer.media[1].codecs.map(\.name) == ["VP8", "rtx", "flexfec-03"])
        let sources = offer.media[1].sources.map(\.ssrc)
        let group = try #require(offer.media[1].sourceGroups.first)
        #expect(group.semantics == "FID" && group.sources == Array(sources.prefix(2)) && sources.count == 3)
    }

    @Test("as soon as the offer is there, so is the transport to check")
    func earlyTransport() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        let transport = try #require(try callee.take(offer: try caller.offer()))
        #expect(transport.ice == caller.transport.ice && transport.candidates == caller.transport.candidates)
        #expect(transport.fingerprints == caller.transport.fingerprints)
        #expect(callee.state.remoteTransport == transport && callee.state.session == nil)
    }

    @Test("video without a common codec is refused, audio goes on, and the transceiver ends")
    func rejectedVideo() throws {
        var audioOnly = Capabilities.standard
        audioOnly.video.codecs = []
        var (caller, callee) = (try Party.sending(1), Party(seed: 2, capabilities: audioOnly))
        let video = caller.state.transceivers[1].id
        try negotiate(&caller, &callee)
        let answer = try #require(callee.state.currentLocalDescription)
        #expect(answer.media.map(\.isRejected) == [false, true] && answer.media[1].mid == MID("1"))
        #expect(answer.bundle == [MID("0")])
        #expect(try caller.session.media.map(\.kind) == [.audio] && caller.session.stopped == [video])
        #expect(caller.state.transceivers.map(\.kind) == [.audio])
        #expect(!caller.state.negotiationNeeded)
    }

    @Test("when nothing is in common the offer is refused and says why, for each section")
    func nothingInCommon() throws {
        let deaf = Capabilities(
            audio: .init(codecs: [], extensions: HeaderExtensionMap()),
            video: .init(codecs: [], extensions: HeaderExtensionMap()))
        var (caller, callee) = (try Party.sending(1), Party(seed: 2, capabilities: deaf))
        let offer = try caller.offer()
        #expect(throws: NegotiationError.nothingAcceptable([.noCommonCodec, .noCommonCodec])) {
            try callee.take(offer: offer)
        }
        #expect(callee.state.signalingState == .stable && callee.state.transceivers.isEmpty)
    }

    @Test(
        "directions meet: offered × wanted → agreed",
        arguments: TransceiverDirection.allCases, TransceiverDirection.allCases)
    func directions(offered: TransceiverDirection, wanted: TransceiverDirection) throws {
        var (caller, callee) = (Party(seed: 1), Party(seed: 2))
        try caller.state.addTransceiver(.audio, direction: offered)
        try callee.take(offer: try caller.offer())
        let id = try #require(callee.state.transceivers.first?.id)
        try callee.state.setDirection(wanted, of: id)
        try caller.take(answer: try callee.answer())
        let agreed = try caller.media("0").direction
        #expect(agreed.sends == (offered.sends && wanted.receives))
        #expect(agreed.receives == (offered.receives && wanted.sends))
        #expect(try callee.media("0").direction == agreed.reversed)
        #expect(callee.state.transceivers[0].currentDirection == agreed.reversed)
        #expect(try callee.media("0").remoteSSRC == (offered.sends ? caller.state.transceivers[0].sendSSRC : nil))
    }

    @Test("a side with nothing to send answers recvonly")
    func receiveOnly() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        try negotiate(&caller, &callee)
        #expect(try callee.session.media.map(\.direction) == [.recvonly, .recvonly])
        #expect(try caller.session.media.map(\.direction) == [.sendonly, .sendonly])
        let answer = try #require(caller.state.currentRemoteDescription)
        #expect(answer.media.allSatisfy { $0.sources.isEmpty && $0.streams.isEmpty })
    }

    @Test("tracks added before the offer came are taken up by it, transceivers are not")
    func association() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        try callee.state.addTransceiver(.audio)
        let track = try callee.state.addTrack(.video)
        try negotiate(&caller, &callee)
        #expect(try callee.media("1").transceiver == track && callee.media("1").direction == .sendrecv)
        #expect(callee.state.transceivers.map(\.mid) == [nil, MID("1"), MID("0")])
        #expect(callee.state.negotiationNeeded, "the transceiver added by itself still wants to be offered")
    }

    @Test("an offer that says active is answered passive, and passive active")
    func setup() throws {
        for (offered, answered, role) in [
            (DTLSSetup.active, DTLSSetup.passive, NegotiatedSession.DTLSRole.server), (.passive, .active, .client),
            (.actpass, .active, .client),
        ] {
            var (caller, callee) = (try Party.sending(1), Party(seed: 2))
            var offer = try SessionDescription(parsing: try caller.offer())
            for index in offer.media.indices { offer.media[index].transport.setup = offered }
            try callee.take(offer: offer.serialized())
            let answer = try SessionDescription(parsing: try callee.answer())
            #expect(answer.media.allSatisfy { $0.transport.setup == answered })
            #expect(try callee.session.dtlsRole == role)
        }
    }

    @Test("a lite agent is noted, and only component 1 counts")
    func lite() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        var offer = try SessionDescription(parsing: try caller.offer())
        offer.isICELite = true
        var second = offer.media[0].candidates[0]
        second.component = 2
        offer.media[0].candidates.append(second)
        let transport = try #require(try callee.take(offer: offer.serialized()))
        #expect(transport.isICELite && transport.candidates.map(\.component) == [1])
    }

    @Test("the answer uses the offerer's numbers")
    func offerersNumbers() throws {
        var other = Capabilities.standard
        other.video.codecs[0].payloadType = PayloadType(masking: 120)
        other.video.codecs[0].retransmissionPayloadType = PayloadType(masking: 124)
        other.video.extensions = HeaderExtensionMap([.mid: 9, .transportSequenceNumber: 7])
        var (caller, callee) = (Party(seed: 1, capabilities: other), Party(seed: 2))
        try caller.state.addTransceiver(.video)
        try negotiate(&caller, &callee)
        let video = try callee.media("0")
        #expect(
            video.sendCodec.payloadType.rawValue == 120 && video.sendCodec.retransmissionPayloadType?.rawValue == 124)
        #expect(video.receiveCodecs[0].payloadType.rawValue == 120)
        #expect(video.extensions == HeaderExtensionMap([.mid: 9, .transportSequenceNumber: 7]))
        try callee.state.addTransceiver(.video)
        try negotiate(&callee, &caller)
        #expect(try caller.media("1").sendCodec.payloadType.rawValue == 120, "the mapping holds for the whole session")
        let mappings = try #require(callee.state.currentLocalDescription?.media[1].extensions)
        #expect(Set(mappings.map(\.id)).count == mappings.count)
        #expect(try caller.media("1").extensions[.mid] == 9)
    }
}
