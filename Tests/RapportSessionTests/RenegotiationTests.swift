import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import RapportSDP
import Testing

@testable import RapportSession

@Suite("Renegotiation")
struct RenegotiationTests {
    @Test("a second video section leaves the first streams as they are, and brings its own")
    func addVideo() throws {
        let world = try World.connected(seed: 1)
        world.run(for: .seconds(2))
        let before = world.a.session.statistics(), pictures = world.b.pictures.count
        try world.a.negotiation.addTransceiver(.video, direction: .sendonly, trackID: "screen")
        try world.negotiate()
        #expect(world.a.negotiated?.media.count == 3)
        let second = try #require(world.a.negotiated?.media.last)
        world.run(for: .seconds(2))
        for number in 0..<5 {
            let picture = world.a.video.make(isKeyFrame: number == 0, size: 700, at: world.now)
            world.a.handle(.video(picture, second.mid), at: world.now)
            world.run(for: .milliseconds(30))
        }
        world.drain()
        let after = world.a.session.statistics()
        #expect(
            after.senders.map(\.ssrc).filter { before.senders.map(\.ssrc).contains($0) } == before.senders.map(\.ssrc))
        #expect(
            after.senders.count == 3 && after.senders.contains { $0.ssrc == second.sendSSRC && $0.sent.frames == 5 })
        #expect(world.a.secureStates == [.connecting, .connected], "no second handshake")
        // The sequence went on: nothing was lost and nothing had to be asked for again.
        let first = try #require(world.b.receiver(.video))
        #expect(first.ssrc == before.senders.first { $0.kind == .video }?.ssrc && first.packetsLost == 0)
        #expect(world.b.pictures.count > pictures + 60)
        let seen = numbers(of: world.b.pictures, sent: world.a.video.frames, world)
        #expect(Set(seen) == Set(world.a.video.frames.indices), "all pictures of both sections")
    }

    @Test("a section that stops sending sends nothing more, and goes on under its old name")
    func pause() throws {
        let world = try World.connected(seed: 2)
        world.run(for: .seconds(1))
        let id = try #require(world.a.media(.video)).transceiver
        let ssrc = try #require(world.a.sender(.video)).ssrc
        try world.a.negotiation.setDirection(.recvonly, of: id)
        try world.negotiate()
        world.run(for: .seconds(1))
        let paused = try #require(world.a.sender(.video)).sent, seen = world.b.pictures.count
        world.run(for: .seconds(2))
        #expect(world.a.sender(.video)?.sent == paused && world.b.pictures.count == seen)
        #expect(world.a.pictures.count > 60, "the other way goes on")
        let reports = world.a.session.streams.makeReports(at: world.now)
        #expect(reports.count == 1, "who does not send makes no sender report. RFC 3550 section 6.4")
        try world.a.negotiation.setDirection(.sendrecv, of: id)
        try world.negotiate()
        world.a.video.wantsKeyFrame = true
        world.run(for: .seconds(2))
        #expect(world.a.sender(.video)?.ssrc == ssrc && world.b.pictures.count > seen + 40)
    }

    @Test("without NACK none is sent, and losses end with a key frame")
    func withoutNACK() throws {
        var capabilities = Capabilities.withoutRetransmissionFormat
        capabilities.video.codecs[0].feedback.removeAll { $0 == .nack }
        var (sentPictures, seenPictures) = (0, 0)
        for seed in UInt64(1)...4 {
            let world = try World.connected(seed: seed, capabilities: capabilities, conditions: .init(loss: 0.02))
            world.run(for: .seconds(10))
            world.drain()
            for (from, to) in [(world.a, world.b), (world.b, world.a)] {
                let sent = try #require(from.sender(.video)).sent
                #expect(sent.nacks == 0 && sent.retransmittedPackets == 0 && sent.plis > 2, "seed \(seed): \(sent)")
                let seen = numbers(of: to.pictures, sent: from.video.frames, world)
                #expect(isAscending(seen), "seed \(seed)")
                sentPictures += from.video.frames.count
                seenPictures += seen.count
            }
        }
        // One call may be unlucky, and waits for key frames most of the time.
        #expect(seenPictures > sentPictures / 3, "\(seenPictures) of \(sentPictures)")
    }

    @Test("a section that ended takes its stream with it: the farewell does not name it, what comes next is sent")
    func stoppedSection() throws {
        let world = try World.connected(seed: 4)
        try world.a.negotiation.addTransceiver(.video, direction: .sendonly, trackID: "screen")
        try world.negotiate()
        let screen = try #require(world.a.negotiated?.media.last)
        let (camera, voice) = (try #require(world.a.media(.video)), try #require(world.a.media(.audio)))
        try world.a.negotiation.stop(screen.transceiver)
        try world.negotiate()
        #expect(world.a.session.streams.sendingSSRCs == [voice.sendSSRC, camera.sendSSRC])
        try world.a.negotiation.addTransceiver(.video, direction: .sendonly, trackID: "screen2")
        try world.negotiate()
        let again = try #require(world.a.negotiated?.media.last)
        let before = world.b.pictures.count
        for number in 0..<5 {
            let picture = world.a.video.make(isKeyFrame: number == 0, size: 700, at: world.now)
            world.a.handle(.video(picture, again.mid), at: world.now)
            world.run(for: .milliseconds(30))
        }
        world.drain()
        #expect(world.b.pictures.count > before + 5 && again.sendSSRC != screen.sendSSRC)
        #expect(Set(numbers(of: world.b.pictures, sent: world.a.video.frames, world)).count == world.b.pictures.count)
    }

    @Test("new payload types reach streams that send already, whose numbers go on")
    func newPayloadTypes() throws {
        let world = try World.connected(seed: 5)
        world.run(for: .seconds(1))
        let before = try #require(world.a.negotiated), theirs = try #require(world.b.negotiated)
        func renumbered(_ session: NegotiatedSession, _ change: (inout NegotiatedMedia) -> Void) -> NegotiatedSession {
            var session = session
            for index in session.media.indices { change(&session.media[index]) }
            return session
        }
        func moved(_ type: PayloadType) -> PayloadType { PayloadType(masking: type.rawValue ^ 1) }
        func move(_ codec: inout NegotiatedCodec) {
            codec.payloadType = moved(codec.payloadType)
            codec.retransmissionPayloadType = codec.retransmissionPayloadType.map(moved)
        }
        world.drain()
        let seen = world.b.pictures.count, heard = world.b.sounds.count
        world.b.apply(
            renumbered(theirs) { for index in $0.receiveCodecs.indices { move(&$0.receiveCodecs[index]) } },
            at: world.now)
        world.a.apply(renumbered(before) { move(&$0.sendCodec) }, at: world.now)
        world.run(for: .seconds(2))
        #expect(
            world.b.session.refusals[.unknownPayloadType] == 0 && world.b.refused == 0, "\(world.b.session.refusals)")
        #expect(world.b.pictures.count > seen + 50 && world.b.sounds.count > heard + 80)
        #expect(world.b.receiver(.video)?.packetsLost == 0 && world.b.receiver(.audio)?.packetsLost == 0)
    }

    @Test("a picture too large for the queue is refused whole and counted, and a key frame repairs what refers to it")
    func frameTooLarge() throws {
        let world = try World.connected(seed: 6)
        world.run(for: .seconds(1))
        let mid = try #require(world.a.mid(.video))
        let requests = world.a.keyFrameRequests
        let sent = try #require(world.a.sender(.video)).sent.packets
        let picture = world.a.video.make(isKeyFrame: false, size: 800_000, at: world.now)
        world.a.handle(.video(picture, mid), at: world.now)
        #expect(world.a.session.refusals[.frameTooLarge] == 1)
        #expect(world.a.sender(.video)?.sent.packets == sent && world.a.keyFrameRequests == requests + 1)
        let before = world.b.pictures.count
        world.run(for: .seconds(1))
        #expect(world.b.pictures.count > before + 25, "the call goes on")
    }
}
