import Foundation
import RapportBase
import RapportNegotiation
import RapportRTP
import RapportSDP
import Testing

@Suite("With browsers")
struct BrowserTests {
    private func answer(_ name: String, from party: inout Party) throws -> SessionDescription {
        try party.take(offer: try Fixture.text(name))
        return try SessionDescription(parsing: try party.answer())
    }

    @Test("a browser's offer of audio and video is answered", arguments: ["chromium", "firefox"])
    func audioAndVideo(browser: String) throws {
        let offer = try Fixture.description(browser + "-offer-audio-video")
        var party = try Party.sending(1)
        let answer = try answer(browser + "-offer-audio-video", from: &party)
        let session = try party.session
        #expect(session.media.map(\.direction) == [.sendrecv, .sendrecv])
        #expect(session.media.map(\.sendCodec.codec) == [.opus, .vp8] && session.dtlsRole == .client)
        #expect(session.remoteICE == offer.transport(of: offer.media[0]).iceParameters)
        #expect(session.remoteCandidates.count == 4)
        let (audio, video) = (session.media[0], session.media[1])
        #expect(audio.sendCodec.payloadType == offer.media[0].codecs.first { $0.name == "opus" }?.payloadType)
        #expect(audio.sendCodec.parameters["useinbandfec"] == "1" && audio.receiveCodecs[0].parameters["stereo"] == nil)
        #expect(audio.extensions[.mid] == video.extensions[.mid] && audio.extensions[.transportSequenceNumber] != nil)
        #expect(video.feedback.isSuperset(of: [.nack, .pictureLossIndication, .fullIntraRequest, .transportCC]))
        #expect(video.sendCodec.retransmissionPayloadType != nil)
        #expect(video.remoteSSRC == offer.media[1].sources[0].ssrc)
        #expect(video.remoteRetransmissionSSRC == offer.media[1].sources[1].ssrc)
        #expect(audio.remoteStreamIDs == offer.media[0].streams.map(\.streamID))
        #expect(answer.media.allSatisfy { $0.transport.setup == .active })
        #expect(answer.media[1].codecs.map(\.name) == ["VP8", "rtx"])
        #expect(audio.usesReducedSizeRTCP == offer.media[0].usesReducedSizeRTCP)
    }

    @Test("data channels are refused, and audio and video go on", arguments: ["chromium", "firefox"])
    func dataChannel(browser: String) throws {
        var party = try Party.sending(1)
        let answer = try answer(browser + "-offer-data-channel", from: &party)
        #expect(answer.media.map(\.isRejected) == [false, false, true])
        #expect(answer.media[2].kind == .application && answer.media[2].formats == ["webrtc-datachannel"])
        #expect(answer.bundle == [MID("0"), MID("1")])
    }

    @Test("an offer of a data channel only is refused by name", arguments: ["chromium", "firefox"])
    func dataChannelOnly(browser: String) throws {
        var party = try Party.sending(1)
        #expect(throws: NegotiationError.nothingAcceptable([.unsupportedKind])) {
            try party.take(offer: try Fixture.text(browser + "-offer-data-channel-only"))
        }
    }

    @Test("an offer to receive is answered by sending", arguments: ["chromium", "firefox"])
    func receiveOnly(browser: String) throws {
        var party = try Party.sending(1)
        let answer = try answer(browser + "-offer-receive-only", from: &party)
        #expect(answer.media.map(\.direction) == [.sendonly, .sendonly])
        #expect(try party.session.media.allSatisfy { $0.remoteSSRC == nil })
        // Chromium takes repair packets in sections in which it only receives; Firefox never does.
        let repair = try party.session.media[1].repair
        #expect(repair?.sendPayloadType.rawValue == (browser == "chromium" ? 49 : nil))
    }

    @Test("simulcast is answered as one stream", arguments: ["chromium", "firefox"])
    func simulcast(browser: String) throws {
        var party = Party(seed: 1)
        let answer = try answer(browser + "-offer-simulcast", from: &party)
        #expect(answer.media[0].direction == .recvonly && answer.media[0].simulcast == nil)
        #expect(try party.media("0").extensions[.rid] == nil)
    }

    @Test("a browser's later offer, one section more or switched off, is answered", arguments: ["chromium", "firefox"])
    func laterOffers(browser: String) throws {
        var party = try Party.sending(1)
        let more = try answer(browser + "-offer-again-one-more-video", from: &party)
        #expect(more.media.map(\.isRejected) == [false, false, false] && more.bundle.count == 3)
        #expect(try party.session.media.map(\.direction) == [.sendrecv, .sendrecv, .recvonly])
        var other = try Party.sending(1)
        let less = try answer(browser + "-offer-again-video-stopped", from: &other)
        #expect(less.media.map(\.isRejected) == [false, true] && less.bundle == [MID("0")])
    }

    /// The offer in `Fixtures/sdp/rapport-offer.sdp`, which browsers answered.
    private func fixedOffer() throws -> (Party, String) {
        // Recorded before repair packets were offered; a browser that sends, too, leaves those out of its answer.
        var capabilities = Capabilities.standard
        capabilities.video.repairPayloadType = nil
        var party = try Party.sending(1, capabilities: capabilities)
        let offer = try party.offer()
        return (party, offer)
    }

    @Test("our offer is the one that the browsers answered")
    func ownOffer() throws {
        let (_, offer) = try fixedOffer()
        if ProcessInfo.processInfo.environment["RAPPORT_WRITE_FIXTURES"] == "1" {
            try Data(offer.utf8).write(to: Fixture.directory.appendingPathComponent("rapport-offer.sdp"))
        }
        #expect(try Fixture.text("rapport-offer") == offer)
    }

    @Test("a browser's answer to our offer is taken", arguments: ["chromium", "firefox"])
    func browserAnswer(browser: String) throws {
        var (party, _) = try fixedOffer()
        try party.take(answer: try Fixture.text(browser + "-answer-to-rapport"))
        let session = try party.session
        #expect(session.media.map(\.direction) == [.sendrecv, .sendrecv])
        #expect(session.dtlsRole == .server && !session.remoteIsICELite)
        let (audio, video) = (session.media[0], session.media[1])
        #expect(audio.sendCodec.payloadType.rawValue == 111 && video.sendCodec.payloadType.rawValue == 96)
        #expect(video.sendCodec.retransmissionPayloadType?.rawValue == 97)
        #expect(
            video.feedback == [
                .nack, .pictureLossIndication, .fullIntraRequest, .transportCC, .receiverEstimatedMaximumBitrate,
            ])
        #expect(audio.extensions[.mid] == 4 && audio.extensions[.audioLevel] == 1)
        #expect(video.extensions[.transportSequenceNumber] == 3 && video.extensions[.absoluteSendTime] == 2)
        #expect(video.remoteSSRC != nil && video.remoteRetransmissionSSRC != nil)
        #expect(!party.state.negotiationNeeded)
    }

    @Test("answers of browsers to other offers have places that do not fit ours", arguments: ["chromium", "firefox"])
    func foreignAnswer(browser: String) throws {
        var (party, _) = try fixedOffer()
        let answer = try Fixture.text(browser + "-answer-data-channel")
        #expect(throws: NegotiationError.sectionCount(expected: 2, actual: 3)) { try party.take(answer: answer) }
    }

    @Test("a browser that refuses video leaves audio", arguments: ["chromium", "firefox"])
    func videoRefused(browser: String) throws {
        var (party, _) = try fixedOffer()
        let answer = try Fixture.description(browser + "-answer-video-refused")
        #expect(answer.media.map(\.isRejected) == [false, true])
        #expect(answer.media[0].codecs.contains { $0.name == "opus" })
        try party.take(answer: answer.serialized())
        #expect(try party.session.media.map(\.kind) == [.audio] && party.state.transceivers.count == 1)
    }
}
