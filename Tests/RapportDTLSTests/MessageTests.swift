import RapportBase
import Testing

@testable import RapportDTLS

@Suite("DTLS application data")
struct MessageTests {
    func connected() throws -> Pair {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        return pair
    }

    @Test("Messages keep their borders, up to the largest that a datagram holds")
    func borders() throws {
        var pair = try connected()
        let limit = try #require(pair.clientNow.maximumMessageSize)
        #expect(limit > 1100 && limit < 1200)
        let messages = [1, 2, 100, limit].map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0) }
        for message in messages {
            var outputs: [DTLSOutput] = []
            try pair.client.send(message.span, into: &outputs)
            #expect(outputs.count == 1)
            pair.take(outputs, from: .toServer)
        }
        pair.settle()
        #expect(pair.serverSaw.messages == messages)
        #expect(pair.sent.last?.bytes.count == 1200)
        var outputs: [DTLSOutput] = []
        #expect(throws: DTLSError.messageTooLarge(limit: limit)) {
            try pair.client.send([UInt8](repeating: 0, count: limit + 1).span, into: &outputs)
        }
        #expect(outputs.isEmpty && pair.clientNow.isConnected)
    }

    @Test("Several records in one datagram are several messages; a replayed or changed one is none")
    func records() throws {
        var pair = try connected()
        pair.path = { _, _ in [] }
        var outputs: [DTLSOutput] = []
        try pair.client.send([1].span, into: &outputs)
        try pair.client.send([2, 2].span, into: &outputs)
        pair.take(outputs, from: .toServer)
        let glued = pair.sent.suffix(2).flatMap(\.bytes)
        for index in 13..<glued.count / 2 {
            var forged = glued
            forged[index] ^= 0x80
            forged[glued.count - 1] ^= 0x80
            pair.deliver(forged, .toServer)
        }
        #expect(pair.serverSaw.messages.isEmpty)
        pair.deliver(glued, .toServer)
        pair.deliver(glued, .toServer)
        #expect(pair.serverSaw.messages == [[1], [2, 2]])
    }

    @Test("A message that overtakes the server's last flight is delivered after it")
    func overtaking() throws {
        var pair = try Pair()
        var lastFlight: [UInt8] = []
        pair.path = { way, datagram in
            guard way == .toClient, datagram[0] == 20 else { return [datagram] }
            lastFlight = datagram
            return []
        }
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.keys.count == 1 && pair.clientSaw.keys.isEmpty)
        var outputs: [DTLSOutput] = []
        try pair.server.send([4, 5, 6].span, into: &outputs)
        pair.take(outputs, from: .toClient)
        pair.settle()
        #expect(pair.clientSaw.messages.isEmpty && pair.clientSaw.errors.isEmpty)
        pair.deliver(lastFlight, .toClient)
        #expect(pair.clientSaw.keys.count == 1)
        #expect(pair.clientSaw.messages == [[4, 5, 6]])
    }

    @Test("A message before the handshake's end throws")
    func early() throws {
        var pair = try Pair()
        var outputs: [DTLSOutput] = []
        #expect(throws: DTLSError.notConnected) { try pair.client.send([1].span, into: &outputs) }
        pair.start()
        #expect(throws: DTLSError.notConnected) { try pair.client.send([1].span, into: &outputs) }
        #expect(pair.clientNow.maximumMessageSize == nil)
    }

    // RFC 5246 section 7.2.1.
    @Test("A close is told to the peer, answered, and final")
    func close() throws {
        var pair = try connected()
        var outputs: [DTLSOutput] = []
        pair.client.close(into: &outputs)
        pair.take(outputs, from: .toServer)
        pair.settle()
        #expect(pair.clientSaw.closed == 1 && pair.serverSaw.closed == 1)
        #expect(pair.clientSaw.errors.isEmpty && pair.serverSaw.errors.isEmpty)
        #expect(!pair.clientNow.isConnected && !pair.serverNow.isConnected)
        #expect(pair.clientNow.statistics.outOfPlace == 1)  // the peer's own close_notify
        outputs = []
        pair.client.close(into: &outputs)
        pair.client.handleTimeout(into: &outputs)
        pair.client.start(into: &outputs)
        #expect(outputs.isEmpty)
        #expect(throws: DTLSError.notConnected) { try pair.client.send([1].span, into: &outputs) }
    }

    @Test("A close during the handshake sends nothing and stops the timer")
    func closeEarly() throws {
        var pair = try Pair()
        pair.start()
        #expect(pair.clientNow.timeout != nil)
        var outputs: [DTLSOutput] = []
        pair.client.close(into: &outputs)
        #expect(outputs.count == 1)
        guard case .closed = outputs.first else {
            Issue.record("expected .closed")
            return
        }
        #expect(pair.clientNow.timeout == nil)
    }
}
