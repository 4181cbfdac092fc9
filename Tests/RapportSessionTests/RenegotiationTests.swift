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
        #expect(after.senders.map(\.ssrc).filter { before.senders.map(\.ssrc).contains($0) } == before.senders.map(\.ssrc))
        #expect(after.senders.count == 3 && after.senders.contains { $0.ssrc == second.sendSSRC && $0.sent.frames == 5 })
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
        let world = try World.connected(seed: 3, capabilities: capabilities, conditions: .init(loss: 0.02))
        world.run(for: .seconds(10))
        world.drain()
        for (from, to) in [(world.a, world.b), (world.b, world.a)] {
            let sent = try #require(from.sender(.video)).sent
            #expect(sent.nacks == 0 && sent.retransmittedPackets == 0 && sent.plis > 2, "\(sent)")
            let seen = numbers(of: to.pictures, sent: from.video.frames, world)
            #expect(isAscending(seen) && seen.count > from.video.frames.count / 3, "\(seen.count)")
        }
    }
}
