import RapportBase
import RapportMedia
import RapportNegotiation
import Testing

@testable import RapportSession

@Suite("Packets that repair lost ones")
struct RepairTests {
    private static let long = Link.Conditions(delay: .milliseconds(100), loss: 0.05)

    @Test("on a long way that loses packets most come back without being sent again", arguments: [1, 2])
    func longWay(seed: UInt64) throws {
        let world = try World.connected(seed: seed, conditions: Self.long)
        world.run(for: .seconds(30))
        world.drain()
        let sent = try #require(world.a.sender(.video)?.sent)
        let received = try #require(world.b.receivedVideo)
        #expect(sent.repairPackets > 100 && sent.repairBytes > 0)
        #expect(received.repairs.recovered > 50)
        #expect(received.repairs.packetsReceived <= UInt64(sent.repairPackets))
        // Each repair packet gave something, was of no use, or waits.
        #expect(received.repairs.packetsDiscarded <= received.repairs.packetsReceived)
        #expect(received.nacks.repaired > 0 && received.nacks.repaired <= received.repairs.recovered)
        #expect(world.b.session.refusals[.malformedPayload] == 0)
        let seen = numbers(of: world.b.pictures, sent: world.a.video.frames, world)
        #expect(seen.count >= world.a.video.frames.count * 9 / 10)
    }

    @Test("nothing is sent on a short way, on a clean one, or to a peer that takes no repair packets")
    func elsewhere() throws {
        let cases: [(Link.Conditions, Capabilities)] = [
            (.init(delay: .milliseconds(15), loss: 0.05), .standard), (.init(delay: .milliseconds(100)), .standard),
            (Self.long, .standard.withoutRepair),
        ]
        for (conditions, capabilities) in cases {
            let world = try World.connected(seed: 3, capabilities: capabilities, conditions: conditions)
            world.run(for: .seconds(15))
            let sent = try #require(world.a.sender(.video)?.sent)
            #expect(sent.packets > 100 && sent.repairPackets == 0)
        }
    }
}
