import RapportBase
import RapportMedia
import RapportNegotiation
import Testing

@testable import RapportSession

@Suite("Deadlines and memory")
struct TimeTests {
    @Test(
        "a session wakes up as often as it has work, and never twice for nothing",
        arguments: [
            Link.Conditions(), Link.Conditions(loss: 0.1),
            Link.Conditions(spread: .milliseconds(30), loss: 0.02, duplication: 0.1),
        ])
    func wakeUps(conditions: Link.Conditions) throws {
        let world = try World.connected(seed: 1, conditions: conditions)
        world.run(for: .seconds(10))
        for peer in [world.a, world.b] {
            #expect(peer.idleWakeUps == 0)
            // The pacer lets packets go in bursts of 20 ms at most, which a whole picture may be, each picture is shown once, feedback comes 25 times a second.
            #expect(peer.wakeUps < 10 * 220, "\(peer.wakeUps)")
            #expect(peer.wakeUps > 10)
        }
    }

    @Test("without media a session wakes up for its reports alone")
    func quiet() throws {
        let world = try World.connected(seed: 2)
        for peer in [world.a, world.b] { (peer.sendsVideo, peer.sendsAudio) = (false, false) }
        world.run(for: .seconds(60))
        for peer in [world.a, world.b] {
            #expect(peer.idleWakeUps == 0 && (40...130).contains(peer.wakeUps), "\(peer.wakeUps)")
        }
    }

    @Test("a session that waits for a key frame that never comes does not spin")
    func noKeyFrame() throws {
        let world = try World.connected(seed: 3)
        world.a.sendsVideo = false
        let mid = try #require(world.a.mid(.video))
        for _ in 0..<300 {
            world.a.handle(.video(world.a.video.make(isKeyFrame: false, size: 900, at: world.now), mid), at: world.now)
            world.run(for: .milliseconds(33))
        }
        #expect(world.b.pictures.isEmpty && world.b.idleWakeUps == 0)
        #expect(world.b.wakeUps < 10 * 120, "\(world.b.wakeUps)")
        // Twice a second.
        #expect((15...25).contains(try #require(world.b.receivedVideo).keyFrameRequests))
    }

    @Test("outputs and queues keep the memory of the first seconds", arguments: [0, 0.05])
    func memory(loss: Double) throws {
        let world = try World.connected(seed: 4, conditions: .init(loss: loss))
        world.run(for: .seconds(5))
        let before = [world.a, world.b].map { Capacities($0) }
        world.run(for: .seconds(20))
        #expect([world.a, world.b].map { Capacities($0) } == before)
        for peer in [world.a, world.b] { #expect(peer.session.outgoingQueue < 100, "\(peer.session.outgoingQueue)") }
    }

    private struct Capacities: Equatable {
        var arena: Int
        var datagrams: Int
        var scratch: Int

        init(_ peer: TestPeer) {
            arena = peer.outputs.arena.capacity
            datagrams = peer.outputs.datagrams.capacity
            scratch = peer.session.scratch.capacity
        }
    }

    @Test("a sender that cannot keep up drops pictures, tells its encoder, and does not ask it at every picture")
    func overload() throws {
        let world = try World.connected(seed: 5)
        world.a.sendsVideo = false
        let mid = try #require(world.a.mid(.video))
        for number in 0..<100 {
            let picture = world.a.video.make(isKeyFrame: number == 0, size: 60_000, at: world.now)
            world.a.handle(.video(picture, mid), at: world.now)
            world.run(for: .milliseconds(33))
        }
        #expect(world.a.session.outgoingQueue <= 1024)
        #expect((1...11).contains(world.a.keyFrameRequests), "\(world.a.keyFrameRequests)")
    }
}

extension PeerSession {
    var outgoingQueue: Int { pacer.queuedPackets }
}
