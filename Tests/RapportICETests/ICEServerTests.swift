import RapportBase
import Testing

@testable import RapportICE

@Suite("ICE servers and silence")
struct ICEServerTests {
    @Test(
        "STUN and TURN URLs are read as RFC 7064 and RFC 7065 write them",
        arguments: [
            ("stun:stun.example.org", ICEServer.Endpoint.stun(host: "stun.example.org", port: 3478)),
            ("STUN:192.0.2.1:19302", .stun(host: "192.0.2.1", port: 19302)),
            ("stun:[2001:db8::1]:99", .stun(host: "2001:db8::1", port: 99)),
            ("turn:[2001:db8::1]", .turn(host: "2001:db8::1", port: 3478, transport: .udp)),
            ("turn:t.example:80?transport=tcp", .turn(host: "t.example", port: 80, transport: .tcp)),
            ("turn:t.example?transport=UDP", .turn(host: "t.example", port: 3478, transport: .udp)),
        ])
    func good(_ url: String, _ endpoint: ICEServer.Endpoint) throws {
        #expect(try ICEServer(urls: [url], username: "u", credential: "c").endpoints == [endpoint])
    }

    @Test(
        "other URLs are refused with the reason",
        arguments: [
            ("turns:t.example", ICEServerError.tlsNotSupported("turns:t.example")),
            ("stuns:t.example:5349", .tlsNotSupported("stuns:t.example:5349")),
            ("http://t.example", .unknownScheme("http://t.example")),
            ("stun", .unknownScheme("stun")),
            ("stun:", .invalidHost("stun:")),
            ("stun:a b", .invalidHost("stun:a b")),
            ("stun:[::1", .invalidHost("stun:[::1")),
            ("stun:[host]", .invalidHost("stun:[host]")),
            ("stun:h:0", .invalidPort("stun:h:0")),
            ("stun:h:+9", .invalidPort("stun:h:+9")),
            ("stun:h:65536", .invalidPort("stun:h:65536")),
            ("stun:[::1]9", .invalidPort("stun:[::1]9")),
            ("stun:h?transport=udp", .unknownTransport("stun:h?transport=udp")),
            ("turn:h?transport=sctp", .unknownTransport("turn:h?transport=sctp")),
        ])
    func bad(_ url: String, _ error: ICEServerError) {
        #expect(throws: error) { try ICEServer(urls: [url], username: "u", credential: "c") }
    }

    @Test("TURN without a user name or a credential is refused")
    func missingCredential() {
        #expect(throws: ICEServerError.missingCredential("turn:h")) { try ICEServer(urls: ["turn:h"], username: "u") }
        #expect(throws: ICEServerError.missingCredential("turn:h")) { try ICEServer(urls: ["turn:h"], credential: "c") }
    }

    @Test("no prefix of a URL and no noise stops the program")
    func robustness() {
        let url = "turn:[2001:db8::1]:3478?transport=udp"
        for length in 0..<url.count {
            _ = try? ICEServer(urls: [String(url.prefix(length))], username: "u", credential: "c")
        }
        var generator = SplitMix(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0x20...0x7F, using: &generator)
            }
            let text = "turn:" + String(decoding: bytes, as: UTF8.self)
            guard let server = try? ICEServer(urls: [text], username: "u", credential: "c") else { continue }
            #expect(server.endpoints.count == 1)
        }
    }

    @Test("more relays than libnice holds are refused with the limit")
    func tooManyRelays() async throws {
        let executor = GLibExecutor(name: "test-relays")
        let peer = ICEPeer(on: executor)
        var configuration = ICEConfiguration.loopback(controlling: true)
        let urls = (1...9).map { "turn:127.0.0.1:\($0)" }
        configuration.servers = [try ICEServer(urls: urls, username: "u", credential: "c")]
        try await peer.open(configuration)
        await #expect(throws: ICEError.server(.tooManyRelays(limit: 8))) { try await peer.gather() }
        await peer.close()
        executor.stop()
    }

    @Test("silence counts after a steady stream only, and ends with the next datagram")
    func liveness() {
        var monitor = LivenessMonitor(limit: .seconds(5))
        #expect(monitor.interval == .seconds(1))
        func looks(_ counts: [UInt64]) -> [Bool] { counts.map { monitor.isSilent(received: $0) } }
        // A few handshake datagrams, then nothing: no judgement.
        #expect(looks([UInt64](repeating: 6, count: 20)).allSatisfy { !$0 })
        // Fifty a second, then nothing: silent with the fifth look.
        #expect(looks((1...10).map { 6 + $0 * 50 }).allSatisfy { !$0 })
        #expect(looks([UInt64](repeating: 506, count: 7)) == [false, false, false, false, true, true, true])
        #expect(monitor.silence == .seconds(7))
        // One datagram ends it, and is no new stream.
        #expect(looks([UInt64](repeating: 507, count: 10)).allSatisfy { !$0 })
    }

    @Test("a path that carried media and falls silent is disconnected until the next datagram")
    func disconnected() async throws {
        let executor = GLibExecutor(name: "test-silence")
        let pair = try await Pair(on: executor, executor) { $0.disconnectedAfter = .milliseconds(100) }
        try await pair.connect()
        try await pair.offerer.wait("completed") { $0.contains(.state(.completed)) }
        #expect(await pair.answerer.sendBatch([[UInt8]](repeating: [0x80, 0], count: 30)) == 30)
        try await pair.offerer.wait("disconnected") { $0.contains(.state(.disconnected)) }
        #expect(await pair.offerer.state.isUsable)
        #expect(await pair.answerer.send([0x80, 1]))
        try await pair.offerer.wait("back") { $0.contains(.datagram([0x80, 1])) }
        #expect(await pair.offerer.states.suffix(2) == [.disconnected, .completed])
        await pair.close()
        executor.stop()
    }
}
