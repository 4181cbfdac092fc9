import COpenSSL
import RapportBase
import Testing

@testable import RapportDTLS

/// OpenSSL's timer runs on the system's clock, so these wait in real time, with short timers and a bound.
@Suite("DTLS over a lossy path")
struct LossTests {
    @Test("A handshake gets through loss", arguments: [10, 30], 1...6 as ClosedRange<UInt64>)
    func loss(percent: Int, seed: UInt64) async throws {
        var pair = try Pair(timeout: .milliseconds(20))
        let random = Random(seed: seed)
        pair.path = { _, datagram in random.below(100) < percent ? [] : [datagram] }
        pair.exchangeFingerprints()
        pair.start()
        try await pair.run()
        let keys = try #require(pair.clientSaw.keys.first, "seed \(seed)")
        #expect(keys.all == pair.serverSaw.keys.first?.all, "seed \(seed)")
    }

    @Test("A handshake gets through reordering and doubling", arguments: 1...6 as ClosedRange<UInt64>)
    func disorder(seed: UInt64) async throws {
        var pair = try Pair(timeout: .milliseconds(20))
        let random = Random(seed: seed)
        var held: [[UInt8]] = []
        pair.path = { way, datagram in
            if way == .toServer, random.below(3) == 0 {
                held.append(datagram)
                return []
            }
            defer { if way == .toServer { held = [] } }
            return (way == .toServer ? [datagram] + held : [datagram]) + (random.below(3) == 0 ? [datagram] : [])
        }
        pair.exchangeFingerprints()
        pair.start()
        try await pair.run()
        let keys = try #require(pair.clientSaw.keys.first, "seed \(seed)")
        #expect(keys.all == pair.serverSaw.keys.first?.all, "seed \(seed)")
    }

    // RFC 6347 section 4.2.4: the side that finished first answers a repeated last flight with its own.
    @Test("A server that is connected answers when the client's last flight comes again")
    func lastFlight() async throws {
        var pair = try Pair(timeout: .milliseconds(60))
        var lastFlights = 0
        pair.path = { way, datagram in
            guard way == .toClient, datagram[0] == 20 else { return [datagram] }  // ChangeCipherSpec and Finished
            lastFlights += 1
            return lastFlights == 1 ? [] : [datagram]
        }
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.keys.count == 1)
        #expect(pair.clientSaw.keys.isEmpty)
        #expect(pair.serverNow.timeout == nil)
        try await pair.run()
        #expect(pair.clientSaw.keys.map(\.all) == pair.serverSaw.keys.map(\.all))
        #expect(pair.clientNow.statistics.timeouts >= 1)
        #expect(lastFlights >= 2)
    }

    @Test("A peer that never answers is given up")
    func silence() async throws {
        var pair = try Pair()
        pair.client.connection.link.schedule = RetransmissionSchedule(
            initial: .milliseconds(20), heldSteps: 100, ceiling: 20_000)
        pair.path = { _, _ in [] }
        pair.exchangeFingerprints()
        var outputs: [DTLSOutput] = []
        pair.client.start(into: &outputs)
        pair.take(outputs, from: .toServer)
        try await pair.run(bound: .seconds(10))
        #expect(pair.clientSaw.errors == [.timedOut])
        #expect(pair.clientNow.statistics.timeouts == 13)
        #expect(pair.sent.count == 13)
        #expect(pair.clientNow.timeout == nil)
    }

    @Test("Waits double up to a second, hold there, and grow again when the path is dead")
    func schedule() {
        var schedule = RetransmissionSchedule(initial: .milliseconds(50))
        var waits: [UInt32] = []
        var wait: UInt32 = 0
        for _ in 0..<12 {
            wait = schedule.next(after: wait)
            waits.append(wait / 1000)
        }
        #expect(waits == [50, 100, 200, 400, 800, 1000, 1000, 1000, 2000, 4000, 8000, 16000])
        #expect(schedule.next(after: 0) == 50_000)
        var slow = RetransmissionSchedule(initial: .seconds(3))
        #expect(slow.next(after: 0) == 3_000_000)
        #expect(slow.next(after: 3_000_000) == 3_000_000)
        #expect(slow.next(after: .max) == 3_000_000)
        #expect(RetransmissionSchedule(initial: .zero).initial == 20_000)
        #expect(RetransmissionSchedule(initial: .seconds(1 << 40)).initial == 60_000_000)
        #expect(DTLSEndpoint.initialTimeout(roundTrip: .milliseconds(10)) == .milliseconds(50))
        #expect(DTLSEndpoint.initialTimeout(roundTrip: .milliseconds(80)) == .milliseconds(160))
        #expect(DTLSEndpoint.initialTimeout(roundTrip: .seconds(2)) == .seconds(1))
    }

    @Test("The first wait may be changed before the start")
    func changedTimeout() throws {
        var pair = try Pair(timeout: .milliseconds(20))
        pair.client.setInitialTimeout(.seconds(40))
        var outputs: [DTLSOutput] = []
        pair.client.start(into: &outputs)
        let timeout = try #require(pair.clientNow.timeout)
        #expect(timeout > .seconds(30) && timeout <= .seconds(40))
        #expect(pair.serverNow.timeout == nil)
    }

    /// A hello with an extension as large as a post-quantum key share, which takes two datagrams.
    private func pairWithLargeHello() throws -> Pair {
        let policy = try DTLSPolicy()
        SSL_CTX_add_custom_ext(
            policy.context, 65_000, UInt32(SSL_EXT_CLIENT_HELLO),
            { _, _, _, bytes, count, _, _, _, _ in
                bytes?.pointee = UnsafePointer(LossTests.keyShare.baseAddress)
                count?.pointee = LossTests.keyShare.count
                return 1
            }, nil, nil, nil, nil)
        return try Pair(timeout: .milliseconds(60), clientPolicy: policy)
    }

    private nonisolated(unsafe) static let keyShare: UnsafeMutableBufferPointer<UInt8> = {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1300)
        bytes.initialize(repeating: 0x5A)
        return bytes
    }()

    enum Mishap: CaseIterable { case none, swapped, firstLost, secondLost, firstLostAndSwapped, doubled }

    @Test("A ClientHello in two fragments is accepted in either order and after loss", arguments: Mishap.allCases)
    func fragmentedHello(mishap: Mishap) async throws {
        var pair = try pairWithLargeHello()
        var count = 0
        var first: [UInt8] = []
        pair.path = { way, datagram in
            guard way == .toServer else { return [datagram] }
            count += 1
            switch (mishap, count) {
            case (.swapped, 1), (.firstLostAndSwapped, 3):
                first = datagram
                return []
            case (.swapped, 2), (.firstLostAndSwapped, 4): return [datagram, first]
            case (.firstLost, 1), (.firstLostAndSwapped, 1), (.secondLost, 2): return []
            case (.doubled, 1), (.doubled, 2): return [datagram, datagram]
            default: return [datagram]
            }
        }
        pair.exchangeFingerprints()
        pair.start()
        let hello = pair.sent.map(\.bytes.count)
        #expect(hello.count == 2 && hello.allSatisfy { $0 <= 1200 } && hello.reduce(0, +) > 1400)
        try await pair.run()
        let keys = try #require(pair.clientSaw.keys.first)
        #expect(keys.all == pair.serverSaw.keys.first?.all)
        #expect(pair.serverNow.statistics.garbage == 0)
    }
}

/// A generator that a closure can share.
final class Random {
    private var generator: SeededGenerator
    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }
    func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
    func bytes(_ count: Int) -> [UInt8] { generator.bytes(count) }
}
