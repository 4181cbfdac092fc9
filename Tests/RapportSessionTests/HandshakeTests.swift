import RapportBase
import RapportDTLS
import RapportMedia
import RapportNegotiation
import RapportRTP
import Testing

@testable import RapportSession

@Suite("The handshake and what may happen around it")
struct HandshakeTests {
    @Test("states are told in order, and both sides agree on a profile and on who began")
    func states() throws {
        let world = try World.connected(seed: 1)
        for peer in [world.a, world.b] {
            #expect(peer.secureStates == [.connecting, .connected])
            #expect(peer.session.statistics().profile == .aeadAES128GCM)
        }
        // RFC 5763 section 5: the answerer takes the active part.
        #expect(world.a.session.statistics().isDTLSClient == false && world.b.session.statistics().isDTLSClient == true)
    }

    @Test(
        "a certificate that the description does not name ends the session before any media", arguments: [true, false])
    func wrongFingerprint(isOfferers: Bool) throws {
        let world = try World(seed: 2)
        try world.addMedia()
        let (liar, victim) = isOfferers ? (world.a, world.b) : (world.b, world.a)
        liar.transport.fingerprints = [try TestPeer.certificates[2].fingerprint()]
        try world.negotiate()
        world.open()
        world.run(for: .seconds(2))
        #expect(victim.ends == [.handshakeFailed(.fingerprintMismatch)])
        #expect(victim.secureStates == [.connecting, .failed])
        #expect(!victim.isConnected && victim.session.deadline == nil)
        #expect(victim.pictures.isEmpty && victim.sounds.isEmpty && victim.session.statistics().receivers.isEmpty)
        #expect(liar.pictures.isEmpty && liar.sounds.isEmpty)
        // Whatever the other side had sent under its keys, nothing was decrypted and nothing answered.
        let sent = victim.session.statistics().transport.packetsSent
        #expect(sent == 0)
    }

    @Test("a ClientHello that overtakes the answer is taken, and the certificate judged when the answer comes")
    func earlyHandshake() throws {
        let world = try World(seed: 3)
        try world.addMedia()
        let answer = try world.offerAndAnswer()
        world.open()
        world.run(for: .seconds(1))
        // The answerer may have finished; the offerer must not have keys.
        #expect(!world.a.isConnected && world.a.secureStates == [.connecting])
        #expect(world.b.isConnected)
        #expect(world.b.sender(.video)?.sent.packets ?? 0 > 0)
        #expect(world.a.session.refusals[.beforeHandshake] > 0 && world.a.pictures.isEmpty)
        try world.applyAnswer(answer)
        world.run(for: .seconds(3))
        #expect(world.a.secureStates == [.connecting, .connected])
        #expect(world.a.pictures.count > 60 && world.b.pictures.count > 60)
        #expect(isAscending(numbers(of: world.a.pictures, sent: world.b.video.frames, world)))
    }

    @Test("an early handshake with a certificate that the late answer does not name fails")
    func earlyHandshakeOfAnother() throws {
        let world = try World(seed: 4)
        try world.addMedia()
        world.b.transport.fingerprints = [try TestPeer.certificates[2].fingerprint()]
        let answer = try world.offerAndAnswer()
        world.open()
        world.run(for: .seconds(1))
        #expect(world.a.secureStates == [.connecting] && world.a.ends.isEmpty)
        try world.applyAnswer(answer)
        #expect(world.a.ends == [.handshakeFailed(.fingerprintMismatch)])
        world.run(for: .seconds(1))
        #expect(!world.a.isConnected && world.a.pictures.isEmpty && world.a.session.statistics().receivers.isEmpty)
    }

    @Test("media before the handshake is counted and changes nothing")
    func mediaBeforeHandshake() throws {
        let world = try World(seed: 5)
        try world.addMedia()
        try world.negotiate()
        let rtp: [UInt8] = [0x80, 96] + Array(repeating: 7, count: 60)
        let rtcp: [UInt8] = [0x80, 200] + Array(repeating: 7, count: 60)
        for _ in 0..<3 { world.a.receive(rtp, at: world.now) }
        for _ in 0..<2 { world.a.receive(rtcp, at: world.now) }
        #expect(world.a.session.refusals.byName == ["beforeHandshake": 5])
        world.open()
        world.run(for: .seconds(1))
        #expect(world.a.isConnected && world.a.pictures.count > 10)
        #expect(world.a.session.refusals.byName == ["beforeHandshake": 5])
    }

    @Test("nothing is sent before the handshake is over, and nothing but DTLS")
    func nothingUnprotected() throws {
        let world = try World(seed: 6)
        try world.addMedia()
        (world.there.isTapped, world.back.isTapped) = (true, true)
        try world.negotiate()
        for peer in [world.a, world.b] {
            let mids = try #require(peer.negotiated).media.map(\.mid)
            peer.handle(.audio(peer.audio.next(at: world.now), mids[0]), at: world.now)
            peer.handle(.video(peer.video.next(at: world.now), mids[1]), at: world.now)
        }
        world.transmit()
        #expect(world.there.tap.isEmpty && world.back.tap.isEmpty)
        world.open()
        #expect(!world.back.tap.isEmpty)
        #expect((world.there.tap + world.back.tap).allSatisfy { DatagramKind($0.span) == .dtls })
    }

    @Test("DTLS for a client that has no path yet is refused and counted")
    func dtlsOutOfPlace() throws {
        let world = try World(seed: 7)
        try world.addMedia()
        try world.negotiate()
        world.b.receive([22, 254, 253] + Array(repeating: 0, count: 20), at: world.now)
        #expect(world.b.session.refusals.byName == ["unexpectedDTLS": 1])
        #expect(world.b.secureStates.isEmpty)
    }
}
