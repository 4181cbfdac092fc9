import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import Testing

@testable import RapportSession

@Suite("The end of a session")
struct EndTests {
    @Test("closing says BYE under SRTCP, then close_notify, and the peer ends, too", arguments: [true, false])
    func close(isOfferer: Bool) throws {
        let world = try World.connected(seed: 1)
        world.run(for: .seconds(1))
        let (closer, other) = isOfferer ? (world.a, world.b) : (world.b, world.a)
        closer.handle(.close, at: world.now)
        let last = closer.takeDatagrams()
        #expect(last.map { DatagramKind($0.span) } == [.rtcp, .dtls])
        #expect(closer.ends == [.closedLocally] && closer.secureStates.last == .closed)
        other.receive(last[0], at: world.now)
        #expect(other.ends.isEmpty && other.refused == 0, "BYE alone ends nothing")
        other.receive(last[1], at: world.now)
        #expect(other.ends == [.closedByPeer] && other.secureStates.last == .closed)
        #expect(other.session.statistics().profile != nil)
        // RFC 5246 section 7.2.1: close_notify is answered in kind.
        #expect(other.takeDatagrams().map { DatagramKind($0.span) } == [.dtls])
    }

    @Test("after its end a session does nothing, whatever comes")
    func afterEnd() throws {
        let world = try World.connected(seed: 2)
        world.run(for: .seconds(1))
        world.back.isTapped = true
        world.run(for: .milliseconds(200))
        let genuine = world.back.tap
        #expect(genuine.count > 5)
        let (a, negotiated) = (world.a, try #require(world.a.negotiated))
        let mids = negotiated.media.map(\.mid)
        a.handle(.close, at: world.now)
        _ = a.takeDatagrams()
        let (events, pictures) = (a.events.count, a.pictures.count)
        let counted = a.session.statistics().transport
        for datagram in genuine { a.receive(datagram, at: world.now) }
        a.handle(.transportWritable, at: world.now)
        a.handle(.timeout, at: world.now + .seconds(5))
        a.handle(.audio(a.audio.next(at: world.now), mids[0]), at: world.now)
        a.handle(.video(a.video.next(at: world.now), mids[1]), at: world.now)
        a.session.requestKeyFrame(on: mids[1], at: world.now, into: &a.outputs)
        a.apply(negotiated, at: world.now)
        a.handle(.close, at: world.now)
        #expect(a.takeDatagrams().isEmpty && a.events.count == events && a.pictures.count == pictures)
        #expect(a.session.deadline == nil)
        #expect(a.session.statistics().transport == counted && a.refused == 0, "\(a.session.refusals.byName)")
    }

    @Test("a session closed before its handshake ends at once and sends nothing", arguments: [true, false])
    func closeEarly(isNegotiated: Bool) throws {
        let world = try World(seed: 3)
        try world.addMedia()
        if isNegotiated { try world.negotiate() }
        world.a.handle(.close, at: world.now)
        #expect(world.a.ends == [.closedLocally] && world.a.secureStates.last == .closed)
        #expect(world.a.takeDatagrams().isEmpty && world.a.session.deadline == nil)
    }
}
