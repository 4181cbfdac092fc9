import RapportBase
import RapportSDP
import Testing

@Suite("Descriptions of browsers")
struct BrowserDescriptionTests {
    @Test("there are descriptions of both browsers")
    func fixturesExist() {
        #expect(Fixture.names.filter { $0.hasPrefix("chromium-") }.count >= 13)
        #expect(Fixture.names.filter { $0.hasPrefix("firefox-") }.count >= 13)
    }

    @Test("every description is the same after it was written and read again", arguments: Fixture.names)
    func roundTrip(name: String) throws {
        let first = try SessionDescription(parsing: try Fixture.text(name))
        let text = first.serialized()
        #expect(try SessionDescription(parsing: text) == first)
        #expect(text.utf8.filter { $0 == 0x0A }.count == text.utf8.filter { $0 == 0x0D }.count)
    }

    @Test("no line of a browser's description is lost when it is written again", arguments: Fixture.names)
    func nothingIsLost(name: String) throws {
        let text = try Fixture.text(name)
        let written = Set(lines(try SessionDescription(parsing: text).serialized()))
        let lost = lines(text).filter { !written.contains($0) }
        // What may differ: a space behind a colon, order of candidate extensions that are not kept, case of `UDP`.
        let meaningful = lost.filter { !$0.hasPrefix("a=candidate:") && !$0.hasPrefix("a=msid-semantic: ") }
        #expect(meaningful == [])
    }

    @Test("LF alone ends lines as CRLF does", arguments: Fixture.names)
    func lineFeedOnly(name: String) throws {
        let text = try Fixture.text(name)
        let unix = String(decoding: text.utf8.filter { $0 != 0x0D }, as: UTF8.self)
        #expect(try SessionDescription(parsing: unix) == SessionDescription(parsing: text))
    }

    private func lines(_ text: String) -> [String] {
        text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).map { String(Substring($0)) }
    }

    @Test("a Chromium offer is read into types")
    func chromiumOffer() throws {
        let offer = try SessionDescription(parsing: try Fixture.text("chromium-offer-audio-video"))
        #expect(offer.bundle == [MID("0"), MID("1")])
        #expect(offer.allowsMixedExtensions)
        #expect(offer.origin.sessionVersion == 2)
        let (audio, video) = (offer.media[0], offer.media[1])
        #expect(audio.mediaKind == .audio && video.mediaKind == .video)
        #expect(audio.transportProtocol == .secureRTP)
        #expect(audio.direction == .sendrecv && audio.multiplexesRTCP && audio.usesReducedSizeRTCP)
        #expect(audio.transport.setup == .actpass && audio.transport.fingerprints.first?.algorithm == .sha256)
        #expect(audio.transport.iceParameters != nil && audio.transport.iceOptions == ["trickle"])
        #expect(audio.candidates.count == 4 && audio.candidates[0].kind == .host)
        #expect(audio.candidates.filter { $0.tcpType == .active }.count == 2)
        #expect(audio.streams.count == 1 && audio.sources.count == 1)
        #expect(video.sourceGroups.map(\.semantics) == ["FID"] && video.sources.count == 2)
        #expect(video.sources[0].canonicalName == audio.sources[0].canonicalName)
        #expect(video.extensions.contains { $0.uri == "urn:ietf:params:rtp-hdrext:sdes:mid" && $0.id == 4 })
        #expect(video.otherAttributes == [SDPAttribute(name: "rtcp-xr", value: "rcvr-rtt=all")])
    }

    @Test("formats of a Chromium offer have their parameters and feedback")
    func chromiumFormats() throws {
        let offer = try SessionDescription(parsing: try Fixture.text("chromium-offer-audio-video"))
        let opus = try #require(offer.media[0].codecs.first)
        #expect(opus.isEncoding("OPUS", clockRate: 48000, channels: 2))
        #expect(opus.parameters == ["minptime": "10", "useinbandfec": "1"])
        #expect(opus.feedback == [.transportCC])
        let red = try #require(offer.media[0].codecs.first { $0.name == "red" })
        #expect(red.parameters.entries == [.init(name: "111/111", value: nil)])
        let vp8 = try #require(offer.media[1].codecs.first)
        #expect(vp8.isEncoding("VP8", clockRate: 90000))
        #expect(
            Set(vp8.feedback) == [
                .nack, .pictureLossIndication, .fullIntraRequest, .receiverEstimatedMaximumBitrate, .transportCC,
            ])
        #expect(offer.media[1].retransmission(of: vp8.payloadType)?.payloadType == PayloadType(rawValue: 97))
    }

    @Test("a Firefox offer is read although its formats are named last")
    func firefoxOffer() throws {
        let offer = try SessionDescription(parsing: try Fixture.text("firefox-offer-audio-video"))
        let (audio, video) = (offer.media[0], offer.media[1])
        #expect(audio.transport.fingerprints.isEmpty)
        #expect(offer.transport(of: audio).fingerprints.count == 1)
        #expect(offer.transport(of: video).iceOptions == ["trickle"])
        #expect(audio.codecs[0].parameters["stereo"] == "1")
        #expect(audio.codecs[1].channels == 1, "G722/8000/1")
        #expect(audio.extensions.contains { $0.id == 2 && $0.direction == .recvonly })
        #expect(video.retransmission(of: PayloadType(masking: 120))?.payloadType == PayloadType(masking: 124))
        #expect(audio.candidates.allSatisfy(\.isMulticastDNSName) && audio.hasEndOfCandidates)
        #expect(audio.candidates.contains { $0.component == 2 })
    }

    @Test("a bundle-only section with port 0 is not refused, a plain one is")
    func bundleOnly() throws {
        let offer = try SessionDescription(parsing: try Fixture.text("firefox-offer-again-one-more-video"))
        let added = try #require(offer.media.last)
        #expect(added.port == 0 && added.isBundleOnly && !added.isRejected)
        let answer = try SessionDescription(parsing: try Fixture.text("firefox-answer-video-refused"))
        #expect(answer.media.map(\.isRejected) == [false, true])
    }

    @Test("data channels and simulcast are kept")
    func otherSections() throws {
        let offer = try SessionDescription(parsing: try Fixture.text("chromium-offer-data-channel"))
        let section = try #require(offer.media.last)
        #expect(section.kind == .application && section.transportProtocol == .dataChannel)
        #expect(section.formats == ["webrtc-datachannel"])
        #expect(section.sctpPort == 5000 && section.maximumMessageSize == 262_144)
        let simulcast = try SessionDescription(parsing: try Fixture.text("firefox-offer-simulcast")).media[0]
        #expect(simulcast.restrictions.map { $0.split(separator: " ").last } == ["send", "send", "send"])
        #expect(simulcast.simulcast?.hasPrefix("send ") == true)
    }
}
