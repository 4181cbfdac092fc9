import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import Testing

@testable import RapportSession

@Suite("What a stranger, or a broken peer, may send")
struct HostileInputTests {
    /// A call, and one genuine datagram of each kind from `b` that `a` has not seen.
    private struct Scene {
        let world: World
        let rtp: [UInt8]
        let rtcp: [UInt8]

        init(seed: UInt64) throws {
            world = try World.connected(seed: seed)
            world.run(for: .seconds(2))
            // Lets what is under way arrive, then takes two datagrams out of the path.
            world.drain(for: .milliseconds(500))
            let mid = try #require(world.b.mid(.audio))
            world.b.handle(.audio(world.b.audio.next(at: world.now), mid), at: world.now)
            world.b.injectRTCP([.pli(PictureLossIndication(sender: SSRC(1), media: SSRC(2)))])
            let datagrams = world.b.takeDatagrams()
            rtp = try #require(datagrams.first { DatagramKind($0.span) == .rtp })
            rtcp = try #require(datagrams.last { DatagramKind($0.span) == .rtcp })
        }

        var received: [UInt64] { world.a.session.statistics().receivers.map(\.received.packetsReceived) }

        /// Both datagrams are taken after all, once, and the call goes on without loss.
        func expectUnharmed() throws {
            let (refused, before) = (world.a.refused, received)
            for datagram in [rtp, rtcp] { world.a.receive(datagram, at: world.now) }
            #expect(world.a.refused == refused, "\(world.a.session.refusals.byName)")
            #expect(received.reduce(0, +) == before.reduce(0, +) + 1)
            world.run(for: .seconds(2))
            world.drain()
            #expect(world.a.refused == refused && world.a.ends.isEmpty && world.a.isConnected)
            expectAll(
                numbers(of: world.a.pictures, sent: world.b.video.frames, world), of: world.b.video.frames.count, world)
            #expect(world.a.session.statistics().receivers.allSatisfy { $0.packetsLost == 0 })
        }
    }

    @Test(
        "a datagram with any one bit turned is refused, counted once, and does not use up the place of the genuine one")
    func flippedBits() throws {
        let scene = try Scene(seed: 1)
        let before = scene.received
        for genuine in [scene.rtp, scene.rtcp] {
            for bit in 0..<genuine.count * 8 {
                var forged = genuine
                forged[bit / 8] ^= 1 << UInt8(bit % 8)
                let refused = scene.world.a.refused
                scene.world.a.receive(forged, at: scene.world.now)
                #expect(scene.world.a.refused == refused + 1, "bit \(bit) of \(genuine.count) bytes")
            }
        }
        #expect(scene.received == before)
        let refusals = scene.world.a.session.refusals
        #expect(refusals[.authenticationFailed] > (scene.rtp.count + scene.rtcp.count) * 7)
        #expect(
            refusals[.authenticationFailed] + refusals[.malformedRTP] + refusals[.malformedRTCP]
                + refusals[.unknownDatagram] + refusals[.replayed] == scene.world.a.refused, "\(refusals.byName)")
        try scene.expectUnharmed()
    }

    @Test("a datagram cut at any length is refused and counted once")
    func truncated() throws {
        let scene = try Scene(seed: 2)
        let before = scene.received
        for genuine in [scene.rtp, scene.rtcp] {
            for count in 0..<genuine.count {
                let refused = scene.world.a.refused
                scene.world.a.receive(Array(genuine[..<count]), at: scene.world.now)
                #expect(scene.world.a.refused == refused + 1, "\(count) of \(genuine.count) bytes")
            }
        }
        // What is too short for its kind, then what is too short for its protection, then what has lost its tag.
        let refusals = scene.world.a.session.refusals
        #expect(refusals[.unknownDatagram] == 12 + 8, "\(refusals.byName)")
        #expect(refusals[.malformedRTP] > 10 && refusals[.malformedRTCP] > 10, "\(refusals.byName)")
        #expect(refusals[.authenticationFailed] > 20, "\(refusals.byName)")
        #expect(scene.received == before)
        try scene.expectUnharmed()
    }

    @Test("a datagram sent again is refused as a replay, at once and later")
    func replayed() throws {
        let scene = try Scene(seed: 3)
        scene.world.back.isTapped = true
        scene.world.run(for: .seconds(1))
        scene.world.drain(for: .milliseconds(500))
        let again = scene.world.back.tap.filter { DatagramKind($0.span) != .dtls }
        #expect(again.count > 50)
        let before = scene.received
        for datagram in again { scene.world.a.receive(datagram, at: scene.world.now) }
        #expect(scene.world.a.session.refusals.byName == ["replayed": again.count])
        #expect(scene.received == before)
    }

    @Test(
        "random bytes of each kind of datagram are refused under their reason and harm nothing",
        arguments: [UInt8(0), 1, 20, 22, 23, 63, 64, 79, 128, 144, 191, 192, 255], [1, 2])
    func randomDatagrams(first: UInt8, seed: UInt64) throws {
        let scene = try Scene(seed: seed)
        var random = SeededGenerator(seed: seed << 8 | UInt64(first))
        let before = scene.received
        var (datagrams, expected) = (0, 0)
        for _ in 0..<300 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = first }
            if bytes.count > 1, random.chance(0.3) { bytes[1] = UInt8.random(in: 192...223, using: &random) }
            datagrams += 1
            if DatagramKind(bytes.span) != .dtls { expected += 1 }
            scene.world.a.receive(bytes, at: scene.world.now)
        }
        #expect(scene.world.a.refused == expected, "\(scene.world.a.session.refusals.byName)")
        let isMedia = (128...191).contains(first)
        let refusals = scene.world.a.session.refusals
        if isMedia {
            #expect(refusals[.malformedRTP] + refusals[.malformedRTCP] + refusals[.authenticationFailed] > 250)
        }
        if !isMedia { #expect(refusals[.unknownDatagram] == expected) }
        #expect(scene.received == before && scene.world.a.takeDatagrams().isEmpty, "a stranger is not answered")
        try scene.expectUnharmed()
    }

    @Test("DTLS alerts and records without protection do not end a connected session")
    func forgedAlerts() throws {
        let scene = try Scene(seed: 4)
        for epoch in [UInt8(0), 1, 2] {
            for (type, body) in [
                (UInt8(21), [UInt8](arrayLiteral: 2, 40)), (21, [1, 0]), (22, [1, 0, 0, 0]), (20, [1]),
            ] {
                let header: [UInt8] = [type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 200, 0, UInt8(body.count)]
                scene.world.a.receive(header + body, at: scene.world.now)
            }
        }
        #expect(scene.world.a.isConnected && scene.world.a.ends.isEmpty)
        try scene.expectUnharmed()
    }

    @Test(
        "a genuine peer's flood of unknown sources is bounded, and its true stream goes on", arguments: [true, false])
    func sourceFlood(hasPayloadTypeOfVideo: Bool) throws {
        let world = try World.connected(seed: 5)
        world.run(for: .seconds(2))
        let payloadType =
            hasPayloadTypeOfVideo ? try #require(world.b.media(.video)).sendCodec.payloadType.rawValue : 77
        for source in 0..<400 {
            world.b.injectRTP(rtp(payloadType: payloadType, source: UInt32(1000 + source), sequence: 1))
        }
        world.run(for: .seconds(2))
        world.drain()
        let statistics = world.a.session.statistics()
        #expect(statistics.receivers.count == 2)
        #expect(statistics.refusals[.unknownStream] == 400)
        expectAll(
            numbers(of: world.a.pictures, sent: world.b.video.frames, world), of: world.b.video.frames.count, world)
    }

    @Test("a source that takes a section over gets it by its MID, and the one before is let go", arguments: [1, 2])
    func sourceTakesOver(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        world.run(for: .seconds(1))
        let media = try #require(world.b.media(.video))
        let old = try #require(world.a.receiver(.video)).ssrc
        for number in 0..<20 {
            world.b.injectRTP(rtp(media, source: SSRC(UInt32(5000 + number)), sequence: 9))
            world.run(for: .milliseconds(50))
            #expect(world.a.receiver(.video)?.ssrc == SSRC(UInt32(5000 + number)))
        }
        // Late packets of the source before do not take it back …
        world.run(for: .milliseconds(500))
        #expect(world.a.receiver(.video)?.ssrc == SSRC(5019))
        #expect(world.a.session.statistics().receivers.count == 2)
        // … but when the new one has been silent, the old one may return.
        world.run(for: .seconds(2))
        #expect(world.a.receiver(.video)?.ssrc == old)
    }

    @Test(
        "genuine packets with random plaintext are counted under one reason each or taken, and never trap",
        arguments: 1...20)
    func randomPlaintext(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        world.run(for: .seconds(1))
        var random = SeededGenerator(seed: seed)
        let media = [try #require(world.b.media(.audio)), try #require(world.b.media(.video))]
        for round in 0..<300 {
            let section = media[round % 2]
            let types = [section.sendCodec.payloadType, section.sendCodec.retransmissionPayloadType].compactMap { $0 }
            let sources = [section.sendSSRC, section.sendRetransmissionSSRC].compactMap { $0 }
            var packet = rtp(
                payloadType: types.randomElement(using: &random)?.rawValue ?? 0,
                source: sources.randomElement(using: &random)?.rawValue ?? 0,
                sequence: UInt16.random(in: 0...UInt16.max, using: &random))
            packet[0] = 0x80 | UInt8.random(in: 0...0x3F, using: &random)
            packet += (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            world.b.injectRTP(packet)
            world.b.injectRTCP { bytes in
                let type = UInt8.random(in: 200...207, using: &random)
                let words = Int.random(in: 1...20, using: &random)
                bytes += [0x80 | UInt8.random(in: 0...31, using: &random), type, 0, UInt8(words)]
                for _ in 0..<words * 4 { bytes.append(UInt8.random(in: 0...255, using: &random)) }
            }
            world.run(for: .milliseconds(5))
        }
        #expect(world.a.isConnected && world.a.ends.isEmpty)
        #expect(world.a.session.refusals[.malformedRTCP] > 20, "\(world.a.session.refusals.byName)")
        #expect(world.a.idleWakeUps == 0 && world.b.idleWakeUps == 0)
        // Its own sound goes on arriving at the other side.
        let before = world.b.sounds.count
        world.run(for: .seconds(1))
        #expect(world.b.sounds.count > before + 40)
    }

    private func rtp(payloadType: UInt8, source: UInt32, sequence: UInt16) -> [UInt8] {
        var bytes: [UInt8] = [0x80, payloadType]
        bytes.append(uint16: sequence)
        bytes.append(uint32: 90_000)
        bytes.append(uint32: source)
        return bytes + [0x10, 0x10, 0, 0, 0x9D, 1, 0x2A, 64, 1, 240, 0]
    }

    private func rtp(_ media: NegotiatedMedia, source: SSRC, sequence: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: true, payloadType: media.sendCodec.payloadType, sequenceNumber: SequenceNumber(sequence),
            timestamp: RTPTimestamp(1), ssrc: source, mid: Array(media.mid.rawValue.utf8), map: media.extensions,
            to: &bytes)
        return bytes + [0x10, 0x10, 0, 0, 0x9D, 1, 0x2A, 64, 1, 240, 0]
    }
}
