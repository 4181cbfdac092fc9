import RapportBase
import Testing

@testable import RapportDTLS

// RFC 6347 section 4.1.2.7: invalid records are dropped in silence, and the association lives on.
@Suite("DTLS and datagrams that are none")
struct GarbageTests {
    /// A clear record with any body.
    static func record(_ type: UInt8, epoch: UInt16 = 0, sequence: UInt64 = 0, _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [type, 0xFE, 0xFD]
        bytes.append(uint64: UInt64(epoch) << 48 | sequence)
        bytes.append(uint16: UInt16(truncatingIfNeeded: body.count))
        return bytes + body
    }

    /// A handshake fragment with any numbers.
    static func fragment(
        _ type: UInt8, length: UInt32, sequence: UInt16, offset: UInt32, count: UInt32, _ body: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = [type]
        bytes.append(uint24: length)
        bytes.append(uint16: sequence)
        bytes.append(uint24: offset)
        bytes.append(uint24: count)
        return bytes + body
    }

    static func isUsable(_ datagram: [UInt8], by role: DTLSRole) -> Bool {
        RecordFilter(role: role).usablePrefix(of: datagram.span) == datagram.count && !datagram.isEmpty
    }

    @Test("Random bytes before, during and after a handshake change nothing", arguments: 1...5 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var pair = try Pair()
        let random = Random(seed: seed)
        pair.exchangeFingerprints()
        pair.path = { _, datagram in
            var arriving = (0..<20).map { _ in random.bytes(random.below(200)) }
            for _ in 0..<40 {
                let body = random.bytes(1 + random.below(80))
                arriving.append(
                    Self.record(
                        UInt8(20 + random.below(4)), epoch: UInt16(random.below(3)),
                        sequence: random.below(2) == 0 ? UInt64(random.below(9)) : 1 << 40, body))
            }
            return arriving + [datagram] + arriving
        }
        pair.start()
        pair.settle()
        let keys = try #require(pair.clientSaw.keys.first)
        #expect(keys.all == pair.serverSaw.keys.first?.all)
        #expect(pair.clientNow.statistics.garbage > 50 && pair.serverNow.statistics.garbage > 50)
        var outputs: [DTLSOutput] = []
        try pair.client.send([9, 9].span, into: &outputs)
        pair.take(outputs, from: .toServer)
        pair.settle()
        #expect(pair.serverSaw.messages == [[9, 9]])
    }

    @Test("Every truncation of every datagram of a handshake, ahead of the whole one, changes nothing")
    func truncation() throws {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.path = { _, datagram in
            (0..<datagram.count).map { Array(datagram[..<$0]) } + [datagram]
        }
        pair.start()
        pair.settle()
        let keys = try #require(pair.clientSaw.keys.first)
        #expect(keys.all == pair.serverSaw.keys.first?.all)
        #expect(pair.serverNow.statistics.garbage > 500)
    }

    @Test("Records that OpenSSL would fail on never reach it")
    func poison() throws {
        let hello = Self.fragment(2, length: 4, sequence: 0, offset: 0, count: 4, [1, 2, 3, 4])
        let poison: [[UInt8]] = [
            Self.record(23, [1, 2, 3]),  // clear application data
            Self.record(21, [1, 100]), Self.record(21, [2]), Self.record(21, [3, 40]), Self.record(21, [1, 90, 0]),
            Self.record(20, [2]), Self.record(20, [1, 1]),
            Self.record(22, hello + [0]), Self.record(22, Array(hello.dropLast())),
            Self.record(22, sequence: 1 << 20, hello),
            Self.record(22, Self.fragment(2, length: 4, sequence: 0, offset: 2, count: 4, [1, 2, 3, 4])),
            Self.record(22, Self.fragment(2, length: 0xFF_FFFF, sequence: 0, offset: 0, count: 4, [1, 2, 3, 4])),
            Self.record(22, Self.fragment(2, length: 9, sequence: 0, offset: 9, count: 0, [])),
            Self.record(22, Self.fragment(2, length: 4, sequence: 900, offset: 0, count: 4, [1, 2, 3, 4])),
            Self.record(22, Self.fragment(0, length: 0, sequence: 0, offset: 0, count: 0, [])),  // HelloRequest
            Self.record(22, Self.fragment(20, length: 4, sequence: 0, offset: 0, count: 4, [1, 2, 3, 4])),
            Self.record(22, epoch: 2, hello), Self.record(24, hello), Self.record(25, epoch: 1, hello),
            Self.record(22, []), [22, 0x03, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], [],
        ]
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.path = { way, datagram in
            // A message that only the receiver itself may send: ClientKeyExchange, ServerHello.
            let type: UInt8 = way == .toClient ? 16 : 2
            let own = Self.record(22, Self.fragment(type, length: 4, sequence: 0, offset: 0, count: 4, [1, 2, 3, 4]))
            return poison + [own, datagram, own] + poison
        }
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.keys.count == 1 && pair.serverSaw.keys.count == 1)
        #expect(pair.clientNow.statistics.garbage == 4 * (poison.count + 1))
        #expect(pair.serverNow.statistics.garbage == 4 * (poison.count + 1))
        #expect(Self.isUsable(Self.record(22, hello), by: .client))
        #expect(!Self.isUsable(Self.record(22, hello), by: .server))
        #expect(Self.isUsable(Self.record(21, [2, 40]), by: .server))
        #expect(Self.isUsable(Self.record(21, [1, 0]), by: .server))
    }

    @Test("A usable record is read though what follows it in the datagram is not")
    func prefix() {
        let good = Self.record(20, [1])
        let filter = RecordFilter(role: .client)
        for rest in [[0xFF], Self.record(20, [2]), Array(good.dropLast())] {
            #expect(filter.usablePrefix(of: (good + rest).span) == good.count)
        }
        #expect(filter.usablePrefix(of: (good + good).span) == 2 * good.count)
    }

    @Test("The filter takes any bytes without a trap and never more than there are")
    func fuzz() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var bytes = random.bytes(Int.random(in: 0...60, using: &random))
            if bytes.count > 13 {
                bytes.replaceSubrange(0..<3, with: [UInt8.random(in: 19...24, using: &random), 0xFE, 0xFD])
                bytes.replaceSubrange(3..<9, with: [0, UInt8.random(in: 0...1, using: &random), 0, 0, 0, 0])
                bytes[11] = 0
            }
            for role in [DTLSRole.client, .server] {
                let count = RecordFilter(role: role).usablePrefix(of: bytes.span)
                #expect(count >= 0 && count <= bytes.count)
            }
        }
    }

    @Test("Once connected, no datagram of the handshake with any byte changed, or played again, does any harm")
    func forgery() throws {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        let handshake = pair.sent
        for (way, datagram) in handshake {
            for index in datagram.indices {
                var forged = datagram
                forged[index] ^= 0x01
                pair.deliver(forged, way)
            }
            pair.deliver(datagram, way)
        }
        pair.settle()
        #expect(pair.clientNow.isConnected && pair.serverNow.isConnected)
        for round in 0..<3 as Range<UInt8> {
            var outputs: [DTLSOutput] = []
            try pair.client.send([round].span, into: &outputs)
            pair.take(outputs, from: .toServer)
            outputs = []
            try pair.server.send([round, round].span, into: &outputs)
            pair.take(outputs, from: .toClient)
            pair.settle()
        }
        #expect(pair.serverSaw.messages == [[0], [1], [2]])
        #expect(pair.clientSaw.messages == [[0, 0], [1, 1], [2, 2]])
        #expect(pair.clientSaw.keys.count == 1 && pair.serverSaw.keys.count == 1)
    }
}
