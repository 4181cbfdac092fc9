import RapportBase
import RapportDTLS
import RapportMedia
import Testing

@testable import RapportSession

@Suite("Messages of data")
struct DataTests {
    private func send(_ message: [UInt8], _ urgency: DataUrgency, from peer: TestPeer, at now: Timestamp)
        -> SessionError?
    {
        peer.send(message, urgency, at: now)
    }

    private func data(_ peer: TestPeer) -> DataCounters { peer.session.statistics().data }

    @Test("messages arrive as they were sent, each urgency in its order, beside a call")
    func arrive() throws {
        let world = try World.connected(seed: 1)
        let urgent = (0..<20).map { [UInt8](repeating: UInt8($0), count: 1 + $0 * 60) }
        let bulk = (0..<10).map { [UInt8](repeating: UInt8(100 + $0), count: 1100) }
        for message in bulk { #expect(send(message, .bulk, from: world.a, at: world.now) == nil) }
        for message in urgent.prefix(10) { #expect(send(message, .urgent, from: world.a, at: world.now) == nil) }
        for message in urgent { #expect(send(message, .urgent, from: world.b, at: world.now) == nil) }
        world.transmit()
        world.run(for: .seconds(5))
        #expect(world.a.messages == urgent)
        #expect(world.b.messages.filter { $0[0] < 100 } == Array(urgent.prefix(10)))
        #expect(world.b.messages.filter { $0[0] >= 100 } == bulk)
        #expect(data(world.a).messagesSent == 20 && data(world.b).messagesReceived == 20)
        #expect(data(world.b).bytesReceived == data(world.a).bytesSent && data(world.a).failed == 0)
        #expect(world.b.refused == 0 && world.a.pictures.count > 100)
    }

    @Test("nobody hears of data before the peer is verified or after the end")
    func notConnected() throws {
        let world = try World(seed: 2)
        #expect(send([1], .urgent, from: world.a, at: .zero) == .notConnected)
        let (room, maximum) = (world.a.session.dataRoom(.bulk), world.a.session.maximumMessage)
        #expect(room == 0 && maximum == nil)
        let call = try World.connected(seed: 2)
        call.a.handle(.close, at: call.now)
        #expect(send([1], .urgent, from: call.a, at: call.now) == .notConnected)
        call.transmit()
        call.run(for: .seconds(1))
        #expect(send([1], .bulk, from: call.b, at: call.now) == .notConnected)
        #expect(call.b.ends == [.closedByPeer])
    }

    @Test("a message fits in a datagram or is refused")
    func sizes() throws {
        let world = try World.connected(seed: 3)
        world.there.isTapped = true
        let maximum = world.a.session.maximumMessage
        let limit = try #require(maximum)
        #expect((1100...1200).contains(limit))
        #expect(send([], .bulk, from: world.a, at: world.now) == .emptyMessage)
        let tooLarge = send([UInt8](repeating: 0, count: limit + 1), .bulk, from: world.a, at: world.now)
        #expect(tooLarge == .messageTooLarge(limit: limit))
        #expect(send([UInt8](repeating: 7, count: limit), .bulk, from: world.a, at: world.now) == nil)
        world.transmit()
        world.drain(for: .seconds(1))
        #expect(world.b.messages == [[UInt8](repeating: 7, count: limit)])
        let largest = world.there.tap.filter { (20...63).contains($0[0]) }.map(\.count).max()
        #expect(largest.map { $0 <= 1200 && $0 > limit } == true)
    }

    @Test("a full queue refuses, and tells once when there is room again")
    func backPressure() throws {
        let world = try World.connected(seed: 4)
        var (taken, refusal) = (0, SessionError?.none)
        while refusal == nil {
            refusal = send([UInt8](repeating: 1, count: 1000), .bulk, from: world.a, at: world.now)
            if refusal == nil { taken += 1 }
        }
        let room = world.a.session.dataRoom(.bulk)
        #expect(refusal == .queueFull(room: room))
        #expect((16...20).contains(taken) && data(world.a).refused == 1)
        world.transmit()
        world.run(for: .seconds(10))
        let told = world.a.events.filter { if case .dataRoom(.bulk) = $0 { true } else { false } }
        #expect(told.count == 1 && world.b.messages.count == taken)
        let after = world.a.session.dataRoom(.bulk)
        #expect(after > 1000 && world.a.idleWakeUps == 0)
    }

    @Test("pictures leave room for data while it is sent, and take it back")
    func reserve() throws {
        let world = try World.connected(seed: 5)
        world.run(for: .seconds(8))
        for _ in 0..<300 {
            while send([UInt8](repeating: 1, count: 1000), .bulk, from: world.a, at: world.now) == nil {}
            world.transmit()
            world.run(for: .milliseconds(10))
        }
        let (told, allowed) = (try #require(world.a.targets.last), world.a.session.targetBitrate)
        // A twentieth, of which a fiftieth is not worth telling.
        #expect(told <= allowed * 0.97 && told >= allowed * 0.92, "\(told) \(allowed)")
        world.run(for: .seconds(4))
        let (after, then) = (try #require(world.a.targets.last), world.a.session.targetBitrate)
        #expect(after >= then * 0.975, "\(after) \(then)")
        #expect(data(world.b).messagesReceived > 100)
    }

    @Test("random records under the peer's nose change nothing", arguments: 1...3 as ClosedRange<UInt64>)
    func hostile(seed: UInt64) throws {
        let world = try World.connected(seed: seed)
        var random = SeededGenerator(seed: seed)
        #expect(send([1, 2, 3], .urgent, from: world.a, at: world.now) == nil)
        let record = try #require(world.a.takeDatagrams().first { $0[0] == 23 })
        for length in 0..<record.count { world.b.receive(Array(record[..<length]), at: world.now) }
        for _ in 0..<300 {
            var wrong = record
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                wrong[Int.random(in: 1..<wrong.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            world.b.receive(wrong, at: world.now)
        }
        #expect(world.b.messages.isEmpty && world.b.isConnected)
        world.b.receive(record, at: world.now)
        world.b.receive(record, at: world.now)
        // The second one is a replay. RFC 6347 section 4.1.2.6.
        #expect(world.b.messages == [[1, 2, 3]])
    }

    @Test("of a datagram of many records no more than 64 messages are taken, the rest is counted")
    func manyRecords() throws {
        let world = try World.connected(seed: 6)
        var datagram: [UInt8] = []
        var now = world.now
        for _ in 0..<100 {
            #expect(send([9], .urgent, from: world.a, at: now) == nil)
            for sent in world.a.takeDatagrams() where sent[0] == 23 { datagram += sent }
            now = now + .milliseconds(50)
        }
        world.b.receive(datagram, at: now)
        #expect(world.b.messages.count == 64)
        #expect(data(world.b).messagesReceived == 64 && data(world.b).messagesDropped > 30)
    }
}
