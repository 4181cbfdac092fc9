import Foundation
import NIOCore
import RapportSignaling
import Synchronization
import Testing

@testable import RapportServer

@Suite("Parts of a session server")
struct PartsTests {
    @Test("A bucket gives its burst, fills with time, and keeps addresses apart")
    func limiter() {
        let start = ContinuousClock.now
        var limits = ServerConfiguration.Limits()
        limits.joinBurst = 2
        limits.joinsPerMinute = 60
        limits.globalJoinBurst = 4
        limits.globalJoinsPerMinute = 0
        let limiter = RateLimiter(limits, at: start)
        #expect(limiter.admit("a", at: start))
        #expect(limiter.admit("a", at: start))
        #expect(!limiter.admit("a", at: start))
        #expect(limiter.admit("a", at: start + .seconds(1)))
        #expect(limiter.admit("b", at: start + .seconds(1)))
        // All together are at their limit now.
        #expect(!limiter.admit("c", at: start + .seconds(1)))
        #expect(limiter.refused == 2)
    }

    @Test("A queue that nobody drains gives the connection up at its bound")
    func sendQueue() {
        let (stream, queue) = AsyncStream.makeStream(of: Connection.Outgoing.self, bufferingPolicy: .bufferingOldest(2))
        let givenUp = Mutex(0)
        let connection = Connection(queue: queue) { givenUp.withLock { $0 += 1 } }
        connection.send(.ping)
        connection.send(.ping)
        #expect(givenUp.withLock { $0 } == 0)
        connection.send(.ping)
        #expect(givenUp.withLock { $0 } == 1)
        connection.send(.ping)
        #expect(givenUp.withLock { $0 } == 1)
        withExtendedLifetime(stream) {}
    }

    @Test("A registry takes its bound, and nothing once it is closed")
    func registry() {
        let (stream, queue) = AsyncStream.makeStream(of: Connection.Outgoing.self)
        func connection() -> Connection { Connection(queue: queue) {} }
        let registry = ConnectionRegistry(maximum: 2)
        let first = connection()
        let second = connection()
        #expect(registry.insert(first) && registry.insert(second) && !registry.insert(connection()))
        registry.remove(first)
        registry.closeAll()
        #expect(!registry.insert(first))
        withExtendedLifetime(stream) {}
    }

    @Test("Secrets are 32 characters of base64url, differ, and hash as SHA-256")
    func secrets() {
        // RFC 4648 section 10, in whole groups.
        #expect(Secret.base64URL(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Secret.base64URL([0xFB, 0xFF, 0xFE]) == "-__-")
        let made = (0..<100).map { _ in Secret.random().text }
        #expect(Set(made).count == 100)
        #expect(made.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_-]{32}/) != nil })
        // FIPS 180-2 appendix B.1.
        #expect(Secret.hash("abc").prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
        #expect(Secret.matches("abc", "abc") && !Secret.matches("abc", "abd"))
    }

    @Test("IPv6 addresses of one line share a bucket, IPv4 addresses do not")
    func addresses() throws {
        func key(_ text: String) throws -> String { AddressKey.of(try SocketAddress(ipAddress: text, port: 1)) }
        let line = try key("2001:db8:1:2::1")
        #expect(try key("2001:db8:1:2:ffff::9") == line)
        #expect(try key("2001:db8:1:3::1") != line)
        let first = try key("192.0.2.1")
        #expect(try key("192.0.2.2") != first)
        #expect(AddressKey.of(nil) == "local")
    }

    @Test("A server makes sessions without listening, for a tool that only writes to its file")
    func withoutListening() async throws {
        let path = TestServer.temporaryPath()
        defer { TestServer.removeDatabase(path) }
        let server = try Server(configuration: .init(databasePath: path, publicURL: "https://sessions.example"))
        let links = try await server.createSession()
        #expect(links.clinician.hasPrefix("https://sessions.example/j/"))
        #expect(links.closesAt - links.opensAt == 24 * 3600 * 1000)
        await #expect(throws: ServerError.windowInvalid) {
            try await server.createSession(opensAt: 2000, closesAt: 1000)
        }
        try await TestServer.run(databasePath: path) { test in
            let answer = try await test.exchange(TestServer.secret(links.client))
            #expect(answer.status == 201)
        }
    }
}
