import Foundation
import GRDB
import Logging
import NIOCore
import NIOWebSocket
import RapportSignaling
import Testing

@testable import RapportServer

@Suite("The WebSocket side of a session server")
struct WebSocketTests {
    static let offer = SignalPayload.description(.init(type: .offer, sdp: "v=0 the-offer"))

    @Test("Two people meet: knock, admission, signals both ways, end, and an audit log without content")
    func journey() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let (client, clientHello) = try await test.join(links.client)
            #expect(clientHello.part == .client && clientHello.session.state == .open)
            try await client.send(.ready(.init(name: DisplayName("Sam Secretname"))))
            #expect(try await client.next() == .waiting(.init(admission: .manual)))

            let (clinician, hello) = try await test.join(links.clinician)
            try await clinician.send(.ready(.init()))
            #expect(try await clinician.next() == .admitted)
            guard case .roster(let waiting) = try await clinician.next() else {
                throw TestSocket.Failure.unexpectedMessage
            }
            #expect(waiting.map(\.peer) == [clientHello.peer] && waiting[0].state == .waiting)

            // Not admitted: the offer goes nowhere, and the answer tells nothing of the clinician.
            try await client.send(.signal(to: hello.peer, Self.offer))
            #expect(try await client.next() == .error(.init(.notAdmitted)))

            try await clinician.send(.admit(clientHello.peer))
            #expect(try await client.next() == .admitted)
            guard case .roster(let inside) = try await client.next() else { throw TestSocket.Failure.unexpectedMessage }
            #expect(inside.map(\.peer) == [hello.peer])
            guard case .roster = try await clinician.next() else { throw TestSocket.Failure.unexpectedMessage }

            try await clinician.send(.signal(to: clientHello.peer, Self.offer))
            #expect(try await client.next() == .signal(from: hello.peer, Self.offer))
            try await client.send(.signal(to: hello.peer, .endOfCandidates))
            #expect(try await clinician.next() == .signal(from: clientHello.peer, .endOfCandidates))

            try await clinician.send(.end)
            #expect(try await client.next() == .ended(.finished))
            #expect(try await client.closeCode() == .normalClosure)
            #expect(try await clinician.next() == .ended(.finished))
            try await audit(test)
            #expect(try await test.exchange(TestServer.secret(links.client)).status == 404)
        }
    }

    private func audit(_ test: TestServer) async throws {
        let queue = try DatabaseQueue(path: test.databasePath)
        let states = try await queue.read { db in
            try String.fetchAll(db, sql: "SELECT to_state FROM events WHERE kind = 'session' ORDER BY seq")
        }
        #expect(states == ["open", "waiting", "in-session", "ended"])
        let session = try await queue.read { db in
            try String.fetchOne(db, sql: "SELECT state || ' ' || epoch || ' ' || end_reason FROM sessions")
        }
        #expect(session == "ended 1 finished")
        for sql in ["UPDATE events SET at = 0", "DELETE FROM events"] {
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
        }
        let dump = try await queue.read { db -> String in try Row.fetchAll(db, sql: "SELECT * FROM events").description
        }
        #expect(!dump.contains("Secretname") && !dump.contains("the-offer"))
        let logged = test.lines.all(from: .info).joined(separator: "\n")
        #expect(!logged.contains("Secretname") && !logged.contains("the-offer") && !logged.contains("127.0.0.1"))
    }

    @Test("A grant counts once and for a minute")
    func grants() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let grant = try await test.grant(links.client)
            let late = try await test.grant(links.clinician)
            try await expectJoin(test, .init(grant: grant), accepted: true)
            try await expectJoin(test, .init(grant: grant), accepted: false)
            test.advance(seconds: 61)
            try await expectJoin(test, .init(grant: late), accepted: false)
            try await expectJoin(test, .init(grant: "made up"), accepted: false)
            try await expectJoin(test, .init(resume: "made.up"), accepted: false)
        }
    }

    private func expectJoin(_ test: TestServer, _ hello: ClientMessage.Hello, accepted: Bool) async throws {
        let socket = try await TestSocket.connect(port: test.port)
        guard case .welcome(let welcome) = try await socket.next() else { throw TestSocket.Failure.unexpectedMessage }
        #expect(welcome.versions == [1] && welcome.maxMessage == SignalingLimits.message)
        try await socket.send(.hello(hello))
        switch try await socket.next() {
        case .helloOK: #expect(accepted)
        case .error(let report):
            #expect(!accepted && report.code == "not-authorized")
            #expect(try await socket.closeCode() == .policyViolation)
        default: throw TestSocket.Failure.unexpectedMessage
        }
        await socket.drop()
    }

    @Test("The same link is not in the session twice at once")
    func doubleJoin() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let (first, _) = try await test.join(links.client)
            let second = try await TestSocket.connect(port: test.port)
            _ = try await second.next()
            try await second.send(.hello(.init(grant: try await test.grant(links.client))))
            #expect(try await second.next() == .error(.init(.alreadyJoined)))
            try await first.send(.ping)
            #expect(try await first.next() == .pong)
        }
    }

    @Test("Who drops comes back by the resume secret, once, to the same place")
    func resume() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let (client, hello) = try await test.join(links.client)
            try await client.send(.ready(.init()))
            #expect(try await client.next() == .waiting(.init(admission: .manual)))
            // A new connection takes the place over even while the server still holds the old one.
            let second = try await TestSocket.connect(port: test.port)
            _ = try await second.next()
            try await second.send(.hello(.init(resume: hello.resume)))
            guard case .helloOK(let again) = try await second.next() else { throw TestSocket.Failure.unexpectedMessage }
            #expect(again.peer == hello.peer && again.presence == .waiting && again.resume != hello.resume)
            #expect(try await second.next() == .waiting(.init(admission: .manual)))
            #expect(try await client.closeCode() == .policyViolation)
            try await expectJoin(test, .init(resume: hello.resume), accepted: false)
            await second.drop()
            try await expectJoin(test, .init(resume: again.resume), accepted: true)
        }
    }

    @Test("Only this server's own pages, and clients that are no page, are upgraded")
    func origin() async throws {
        try await TestServer.run { test in
            for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:\(test.port)"] {
                await #expect(throws: TestSocket.Failure.refused) {
                    try await TestSocket.connect(port: test.port, origin: origin)
                }
            }
            await #expect(throws: TestSocket.Failure.refused) {
                try await TestSocket.connect(port: test.port, subprotocol: nil)
            }
            await #expect(throws: TestSocket.Failure.refused) {
                try await TestSocket.connect(port: test.port, subprotocol: "rapport.v9")
            }
            await #expect(throws: TestSocket.Failure.refused) {
                try await TestSocket.connect(port: test.port, path: "/ws?grant=x")
            }
            _ = try await TestSocket.connect(port: test.port, origin: test.base)
            _ = try await TestSocket.connect(port: test.port)
        }
        try await TestServer.run {
            $0.publicURL = "https://sessions.example"
        } _: { test in
            _ = try await TestSocket.connect(port: test.port, origin: "https://sessions.example")
            await #expect(throws: TestSocket.Failure.refused) {
                try await TestSocket.connect(port: test.port, origin: test.base)
            }
        }
    }

    @Test("A wrong first message ends the connection; a wrong later one is answered")
    func badMessages() async throws {
        try await TestServer.run { test in
            for (text, code) in [
                ("{", "malformed"), ("[]", "malformed"), (#"{"type":"shout"}"#, "unknown-type"),
                (#"{"type":"ready"}"#, "hello-expected"),
                (#"{"type":"hello","version":9,"grant":"g"}"#, "unsupported-version"),
            ] {
                let socket = try await TestSocket.connect(port: test.port)
                _ = try await socket.next()
                try await socket.send(text: text)
                guard case .error(let report) = try await socket.next() else {
                    throw TestSocket.Failure.unexpectedMessage
                }
                #expect(report.code == code)
                #expect(try await socket.closeCode() == .policyViolation)
            }
            let links = try await test.server.createSession()
            let (client, _) = try await test.join(links.client)
            for bytes in [Array("{".utf8), [0xFF, 0xFE], Array(#"{"type":"shout"}"#.utf8)] {
                try await client.send(bytes: bytes)
                guard case .error = try await client.next() else { throw TestSocket.Failure.unexpectedMessage }
            }
            try await client.send(.ping)
            #expect(try await client.next() == .pong)
            // The connection may be closed before all of them are written.
            for _ in 0..<20 { try? await client.send(text: "{") }
            #expect(try await client.closeCode() == .policyViolation)
        }
    }

    @Test("A message that is too long closes the connection, whole or in fragments")
    func oversized() async throws {
        try await TestServer.run { test in
            let whole = try await TestSocket.connect(port: test.port)
            try await whole.frame(.text, [UInt8](repeating: 32, count: SignalingLimits.message + 1))
            #expect(try await whole.closeCode() == .messageTooLarge)

            let parts = try await TestSocket.connect(port: test.port)
            let half = [UInt8](repeating: 32, count: SignalingLimits.message / 2 + 1)
            try await parts.frame(.text, half, fin: false)
            try await parts.frame(.continuation, half)
            #expect(try await parts.closeCode() == .messageTooLarge)
        }
    }

    @Test("Fragments make one message, pings are answered between them, and unmasked or binary frames are refused")
    func frames() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let (client, _) = try await test.join(links.client)
            let text = Array(#"{"type":"ping"}"#.utf8)
            try await client.frame(.text, Array(text[..<5]), fin: false)
            try await client.frame(.ping, [7])
            try await client.frame(.continuation, Array(text[5...]))
            let pong = try await client.nextFrame()
            #expect(pong.opcode == .pong)
            #expect(pong.bytes == [7])
            #expect(try await client.next() == .pong)
            try await client.frame(.binary, [1, 2, 3])
            #expect(try await client.closeCode() == .unacceptableData)

            let unmasked = try await TestSocket.connect(port: test.port)
            try await unmasked.frame(.text, text, masked: false)
            #expect(try await unmasked.closeCode() == .protocolError)
        }
    }

    @Test("Who says no hello, and who falls silent, is disconnected")
    func silence() async throws {
        try await TestServer.run {
            $0.timing.helloDeadline = .milliseconds(100)
        } _: { test in
            let socket = try await TestSocket.connect(port: test.port)
            _ = try await socket.next()
            #expect(try await socket.next() == .error(.init(.helloExpected)))
            #expect(try await socket.closeCode() == .policyViolation)
        }
        try await TestServer.run {
            $0.timing.idleTimeout = .milliseconds(100)
        } _: { test in
            let links = try await test.server.createSession()
            let (client, _) = try await test.join(links.client)
            #expect(try await client.closeCode() == nil)
        }
    }

    @Test("A flood is answered once and cut off")
    func flood() async throws {
        try await TestServer.run {
            $0.limits.messageBurst = 5; $0.limits.messagesPerSecond = 0
        } _: { test in
            let links = try await test.server.createSession()
            let (client, _) = try await test.join(links.client)
            for _ in 0..<5 { try await client.send(.ping) }
            for _ in 0..<4 { #expect(try await client.next() == .pong) }
            #expect(try await client.next() == .error(.init(.tooFast)))
            #expect(try await client.closeCode() == .policyViolation)
        }
    }

    @Test("A stop says going away; a session and its links outlive the server")
    func restart() async throws {
        let path = TestServer.temporaryPath()
        defer { TestServer.removeDatabase(path) }
        var links: SessionLinks?
        try await TestServer.run(databasePath: path) { test in
            let made = try await test.server.createSession(policy: SessionPolicy(admission: .automatic))
            links = made
            let (clinician, _) = try await test.join(made.clinician)
            let (client, _) = try await test.join(made.client)
            try await clinician.send(.ready(.init()))
            #expect(try await clinician.next() == .admitted)
            try await client.send(.ready(.init()))
            #expect(try await client.next() == .admitted)
            await test.server.stop()
            #expect(try await client.closeCode() == .goingAway)
        }
        try await TestServer.run(databasePath: path) { test in
            let made = try #require(links)
            let (clinician, _) = try await test.join(made.clinician)
            let (client, hello) = try await test.join(made.client)
            #expect(hello.session.epoch == 1)
            try await clinician.send(.ready(.init()))
            #expect(try await clinician.next() == .admitted)
            try await client.send(.ready(.init()))
            #expect(try await client.next() == .admitted)
        }
        let queue = try DatabaseQueue(path: path)
        let rows = try await queue.read { db in
            try String.fetchAll(
                db,
                sql:
                    "SELECT kind || ' ' || to_state FROM events WHERE kind <> 'presence' AND kind <> 'reachable' ORDER BY seq"
            )
        }
        #expect(
            rows == [
                "session open", "session waiting", "session in-session", "restart open", "session open",
                "session waiting", "session in-session",
            ])
        #expect(try await queue.read { try Int.fetchOne($0, sql: "SELECT epoch FROM sessions") } == 2)
    }
}
