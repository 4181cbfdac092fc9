import RapportBase
import RapportMedia
import RapportNegotiation
import Testing

@testable import RapportSession

@Suite("A call over a path without faults")
struct CleanCallTests {
    @Test(
        "every picture arrives once, in order and unchanged, and every packet of sound is pulled in order",
        arguments: [1, 2, 3])
    func bothWays(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        world.run(for: .seconds(10))
        for peer in [world.a, world.b] {
            #expect(try #require(peer.receivedAudio).concealedSamples < 48_000 / 5, "\(world.testDescription)")
        }
        world.drain()
        for (from, to) in [(world.a, world.b), (world.b, world.a)] {
            #expect(from.video.frames.count > 300)
            let seen = numbers(of: to.pictures, sent: from.video.frames, world)
            expectAll(seen, of: from.video.frames.count, world)
            // Lip synchronisation may leave out a packet of sound to change its delay; it is counted.
            let heard = numbers(of: to.sounds, sent: from.audio.packets, world)
            #expect(isAscending(heard), "\(world.testDescription)")
            let leftOut = Int(try #require(to.receivedAudio).removedSamplesForAcceleration) / 960
            #expect(heard.count == from.audio.packets.count - leftOut && leftOut < 5, "\(world.testDescription)")
        }
    }

    @Test("sound alone is pulled whole and in order", arguments: [11, 12, 13])
    func soundAlone(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        for peer in [world.a, world.b] { peer.sendsVideo = false }
        world.run(for: .seconds(20))
        world.drain()
        for (from, to) in [(world.a, world.b), (world.b, world.a)] {
            expectAll(numbers(of: to.sounds, sent: from.audio.packets, world), of: from.audio.packets.count, world)
            #expect(from.audio.packets.count >= 1000)
        }
    }

    @Test("both sides count the same packets and bytes, and refuse none")
    func counters() throws {
        let world = try World.connected(seed: 4)
        world.run(for: .seconds(5))
        world.drain()
        for (from, to, link) in [(world.a, world.b, world.there), (world.b, world.a, world.back)] {
            for kind in [MediaKind.audio, .video] {
                let sent = try #require(from.sender(kind)), received = try #require(to.receiver(kind))
                #expect(sent.ssrc == received.ssrc)
                #expect(sent.sent.packets == Int(received.received.packetsReceived))
                #expect(sent.sent.payloadBytes == Int(received.received.bytesReceived))
                #expect(sent.sent.headerBytes == Int(received.received.headerBytesReceived))
                #expect(received.packetsLost == 0 && sent.sent.retransmittedPackets == 0)
            }
            let video = try #require(from.sender(.video)).sent
            #expect(video.frames == from.video.frames.count && video.nacks == 0)
            #expect(video.keyFrames == 1, "\(video)")
            #expect(to.refused == 0, "\(to.session.refusals.byName)")
            #expect(from.session.statistics().transport.packetsSent < link.sent, "the handshake is not counted")
            #expect(to.session.statistics().transport.packetsReceived == link.sent - link.underWay)
        }
    }

    @Test("no datagram is larger than allowed, whatever a picture's size, retransmissions included")
    func datagramSize() throws {
        let world = try World.connected(seed: 5)
        let mid = try #require(world.a.mid(.video))
        world.a.sendsVideo = false
        // The retransmission of a full packet is the largest there is: its payload begins with two bytes more.
        world.a.handle(.video(world.a.video.make(isKeyFrame: true, size: 400, at: world.now), mid), at: world.now)
        world.run(for: .milliseconds(100))
        var dropped: Set<[UInt8]> = []
        let payloadType = try #require(world.a.media(.video)).sendCodec.payloadType.rawValue
        world.there.swallows = { datagram in
            guard datagram.count > 1, datagram[1] & 0x7F == payloadType, datagram[3] % 2 == 0 else { return false }
            return dropped.insert(Array(datagram[2..<4])).inserted
        }
        for size in 1130..<1180 {
            for _ in 0..<2 {
                let picture = world.a.video.make(isKeyFrame: false, size: size, at: world.now)
                world.a.handle(.video(picture, mid), at: world.now)
                world.run(for: .milliseconds(40))
            }
        }
        // The loss of a last picture shows only when another one follows.
        world.there.swallows = { _ in false }
        world.a.handle(.video(world.a.video.make(isKeyFrame: false, size: 100, at: world.now), mid), at: world.now)
        world.drain()
        expectAll(numbers(of: world.b.pictures, sent: world.a.video.frames, world), of: 102, world)
        #expect(try #require(world.a.sender(.video)).sent.retransmittedPackets > 20)
        #expect(world.there.largest <= 1200)
        #expect(world.there.largest > 1190, "the test does not reach the limit")
    }

    @Test("the first packet of each section is told, once")
    func mediaStarted() throws {
        let world = try World.connected(seed: 6)
        world.run(for: .seconds(1))
        let started = world.b.events.compactMap { if case .mediaStarted(let mid) = $0 { mid.rawValue } else { nil } }
        #expect(started.sorted() == [world.a.mid(.audio), world.a.mid(.video)].compactMap { $0?.rawValue }.sorted())
    }
}
