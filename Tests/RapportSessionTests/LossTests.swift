import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import Testing

@testable import RapportSession

@Suite("A call over a path that loses, doubles and reorders")
struct LossTests {
    @Test("nearly all pictures arrive, each unchanged and in order", arguments: [0.02, 0.05, 0.1], [1, 2, 3])
    func loss(share: Double, seed: UInt64) throws {
        let world = try World.connected(seed: seed, conditions: .init(loss: share))
        world.run(for: .seconds(20))
        world.drain()
        for (from, to, link) in [(world.a, world.b, world.there), (world.b, world.a, world.back)] {
            #expect(link.lost > Int(Double(link.sent) * share / 2), "the path lost too little to say anything")
            let seen = numbers(of: to.pictures, sent: from.video.frames, world)
            #expect(isAscending(seen), "\(world.testDescription)")
            #expect(
                seen.count >= from.video.frames.count * 98 / 100,
                "\(seen.count) of \(from.video.frames.count), \(world.testDescription)")
            checkRetransmissions(from, to, world)
        }
    }

    @Test(
        "on a path that loses a tenth, sound is repeated where both sides take it, and less is made up",
        arguments: [1, 2])
    func redundantSound(seed: UInt64) throws {
        var madeUp: [UInt64] = []
        for capabilities in [Capabilities.standard, .standard.withRedundantSound] {
            let world = try World.connected(seed: seed, capabilities: capabilities, conditions: .init(loss: 0.1))
            world.run(for: .seconds(30))
            let heard = try #require(world.b.receivedAudio)
            #expect((heard.redundantPacketsReceived > 20) == (capabilities != .standard), "seed \(seed)")
            #expect(capabilities != .standard || !world.a.session.repeatsSound(MID("0")), "seed \(seed)")
            madeUp.append(heard.concealedSamples)
        }
        #expect(madeUp[1] < madeUp[0] * 3 / 4, "\(madeUp), seed \(seed)")
    }

    @Test(
        "sound is repeated by what reports on pictures say, while those on sound say nothing of it", arguments: [1, 2])
    func soundByOtherReports(seed: UInt64) throws {
        let world = try World.connected(seed: seed, capabilities: .standard.withRedundantSound)
        let pictures = try #require(world.a.media(.video)).sendSSRC
        world.run(for: .seconds(5))
        var repeats: Bool { world.a.session.repeatsSound(MID("0")) }
        #expect(!repeats, "seed \(seed)")
        var random = SeededGenerator(seed: seed)
        world.there.swallows = { datagram in
            DatagramKind(datagram.span) == .rtp && Place(datagram).source == pictures && random.chance(0.2)
        }
        world.run(for: .seconds(8))
        #expect(world.a.sender(.audio)?.remote.fractionLost == 0, "seed \(seed)")
        #expect(repeats, "seed \(seed)")
        let told = world.a.session.soundLost(MID("0"), at: world.now) ?? 0
        #expect(told > 0.02, "seed \(seed)")
        world.there.swallows = { _ in false }
        world.run(for: .seconds(20))
        #expect(!repeats, "seed \(seed)")
    }

    @Test("in two layers, which loss brings on a long way, pictures stand still for less time")
    func temporalLayers() throws {
        var stood = [false: Duration.zero, true: .zero]
        for (canLayer, seed) in [false, true].flatMap({ can in (UInt64(1)...6).map { (can, $0) } }) {
            let conditions = Link.Conditions(delay: .milliseconds(60), loss: 0.05)
            let world = try World.connected(seed: seed, conditions: conditions)
            world.a.video.canLayer = canLayer
            world.run(for: .seconds(20))
            world.drain()
            #expect(world.a.video.layers == 2, "seed \(seed)")
            let seen = Set(numbers(of: world.b.pictures, sent: world.a.video.frames, world))
            // Before the first packet that came nobody knows what to ask for: a key frame begins anew.
            let begun = try #require(seen.min())
            #expect(begun < 10 && world.b.pictures.first?.isKeyFrame == true, "seed \(seed): \(begun)")
            // What is lost at the very end is missed by nobody.
            let missed = world.a.video.frames.indices.dropLast(5).filter { $0 > begun && !seen.contains($0) }
            // Only pictures that nothing depends on are passed over.
            #expect(missed.allSatisfy { world.a.video.layersOfFrames[$0] == 1 }, "seed \(seed): \(missed)")
            stood[canLayer, default: .zero] += standstill(of: world.b.pictures)
        }
        #expect(try #require(stood[true]) < #require(stood[false]), "\(stood)")
    }

    /// Time for which a picture stayed longer than a tenth of a second, beyond that tenth.
    private func standstill(of pictures: [EncodedVideo]) -> Duration {
        zip(pictures, pictures.dropFirst()).reduce(.zero) { sum, pair in
            sum + max(pair.1.time - pair.0.time - .milliseconds(100), .zero)
        }
    }

    // What was asked for, sent again and recovered has to add up on both sides.
    private func checkRetransmissions(_ from: TestPeer, _ to: TestPeer, _ world: World) {
        guard let sent = from.sender(.video)?.sent, let received = to.receivedVideo else {
            Issue.record("no video, \(world.testDescription)")
            return
        }
        let context: Comment = "\(world.testDescription), \(sent), \(received.nacks)"
        #expect(sent.nacks > 0 && sent.nacks <= received.nackPackets, context)
        #expect(sent.retransmittedPackets > 0, context)
        // A probe is filled with packets sent before, in the form of retransmissions.
        let again = sent.retransmittedPackets + sent.paddingPackets
        #expect(received.retransmissionsReceived <= again, context)
        // What is asked for a second time is sent twice.
        #expect(sent.retransmittedPackets <= 2 * Int(received.nacks.packetsRequested), context)
        #expect(
            Int(received.nacks.recovered) <= received.retransmissionsReceived + Int(received.nacks.reordered), context)
        #expect(received.nacks.recovered > 0, context)
    }

    @Test("without RTX the very same datagram is sent again, and no two datagrams share a place", arguments: [1, 2])
    func identicalRetransmission(seed: UInt64) throws {
        let world = try World.connected(
            seed: seed, capabilities: .withoutRetransmissionFormat, conditions: .init(loss: 0.05))
        let media = try #require(world.a.media(.video))
        #expect(media.sendRetransmissionSSRC == nil)
        world.there.isTapped = true
        world.run(for: .seconds(10))
        world.drain()
        var first: [Place: [UInt8]] = [:]
        var repeated = 0
        for datagram in world.there.tap where DatagramKind(datagram.span) == .rtp {
            guard let before = first.updateValue(datagram, forKey: Place(datagram)) else { continue }
            repeated += 1
            #expect(before == datagram, "two datagrams at one place, seed \(seed)")
        }
        #expect(repeated > 5 && repeated == world.a.sender(.video)?.sent.retransmittedPackets)
        let seen = numbers(of: world.b.pictures, sent: world.a.video.frames, world)
        #expect(isAscending(seen) && seen.count >= world.a.video.frames.count * 98 / 100)
    }

    /// What the encryption of a packet depends on, but for the times that 65536 packets have gone by.
    private struct Place: Hashable {
        var source: SSRC
        var sequence: SequenceNumber

        init(_ datagram: [UInt8]) {
            source = SSRC(datagram.span.uint32(at: 8))
            sequence = SequenceNumber(datagram.span.uint16(at: 2))
        }
    }

    @Test("a burst of loss makes a request for a key frame that reaches the sender's encoder", arguments: [1, 2, 3])
    func burst(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        world.run(for: .seconds(2))
        #expect(world.a.keyFrameRequests == 0 && world.a.sender(.video)?.sent.keyFrames == 1)
        world.there.swallows = { _ in true }
        world.run(for: .seconds(4))
        let seenBefore = world.b.pictures.count
        world.there.swallows = { _ in false }
        world.run(for: .seconds(3))
        let sent = try #require(world.a.sender(.video)).sent
        #expect(world.a.keyFrameRequests >= 1 && sent.plis >= 1 && sent.keyFrames >= 2, "seed \(seed), \(sent)")
        #expect(world.a.keyFrameRequests <= 15, "a request every 300 ms at most")
        #expect(world.b.pictures.count > seenBefore + 30, "seed \(seed)")
        let seen = numbers(of: world.b.pictures, sent: world.a.video.frames, world)
        #expect(isAscending(seen))
        // The first picture after the gap is one to start from.
        let gap = try #require(zip(seen, seen.dropFirst()).first { $0 + 1 != $1 })
        #expect(world.a.video.frames[gap.1][0] & 1 == 0, "seed \(seed)")
    }

    @Test("what is reordered and doubled arrives once and in order", arguments: [1, 2, 3])
    func reordering(seed: UInt64) throws {
        let world = try World.connected(
            seed: seed, conditions: .init(spread: .milliseconds(15), duplication: 0.05))
        world.run(for: .seconds(10))
        world.drain()
        for (from, to, link) in [(world.a, world.b, world.there), (world.b, world.a, world.back)] {
            #expect(link.reordered > 100 && link.doubled > 30, "seed \(seed)")
            expectAll(numbers(of: to.pictures, sent: from.video.frames, world), of: from.video.frames.count, world)
            #expect(isAscending(numbers(of: to.sounds, sent: from.audio.packets, world)))
            // Each second copy is a replay, and nothing else is refused.
            #expect(to.session.refusals[.replayed] == to.refused, "\(to.session.refusals.byName)")
            #expect(to.refused >= link.doubled - 2 && to.refused <= link.doubled, "seed \(seed)")
            // Those that came before the first one to arrive are counted as received only. RFC 3550 section A.3.
            #expect((-5...0).contains(try #require(to.receiver(.video)).packetsLost), "seed \(seed)")
            #expect(try #require(to.receivedVideo).keyFrameRequests <= 1, "seed \(seed)")
        }
    }
}

extension Capabilities {
    static var withoutRetransmissionFormat: Capabilities {
        var capabilities = Capabilities.standard
        capabilities.video.codecs[0].retransmissionPayloadType = nil
        return capabilities
    }
}
