import Foundation
import GRDB
import RapportSignaling
import Testing

@testable import RapportServer

@Suite("The HTTP side of a session server")
struct HTTPTests {
    @Test("It tells its health and serves the page under strict headers")
    func page() async throws {
        try await TestServer.run { test in
            #expect(try await test.get("/healthz").text == #"{"status":"ok"}"#)
            let page = try await test.get("/j/some-secret")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(policy.contains("connect-src 'self' ws://127.0.0.1:\(test.port);"))
            #expect(page.headers["referrer-policy"] == "no-referrer")
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(page.headers["permissions-policy"]?.contains("camera=(self)") == true)
            #expect(page.headers["cache-control"] == "no-store")
            #expect(page.headers["set-cookie"] == nil)
        }
    }

    @Test("The page's files are served, name no foreign host, and have no inline code")
    func assets() async throws {
        try await TestServer.run { test in
            let page = try await test.get("/j").text
            #expect(!page.contains("<script>") && !page.contains("<style") && !page.contains("style="))
            #expect(page.ranges(of: "<h1").count == 5)
            for (name, file) in PageFiles.assets {
                #expect(page.contains("/assets/\(name)") || name.hasSuffix(".js"))
                let answer = try await test.get("/assets/\(name)")
                #expect(answer.status == 200 && Array(answer.body) == file.bytes)
                #expect(answer.headers["content-type"] == file.type)
                let foreign = answer.text.replacing("http://www.w3.org/2000/svg", with: "")
                #expect(!foreign.contains("http://") && !foreign.contains("https://"), "\(name)")
                #expect(!foreign.contains("innerHTML"), "\(name)")
            }
            #expect(try await test.get("/assets/nothing.js").status == 404)
        }
    }

    @Test("Errors are problem documents, also the framework's own")
    func problems() async throws {
        try await TestServer.run { test in
            let unknown = try await test.get("/nowhere")
            #expect(unknown.status == 404)
            #expect(unknown.headers["content-type"] == "application/problem+json")
            #expect(unknown.headers["content-security-policy"] != nil)
            #expect(try unknown.json(TestServer.ProblemBody.self).status == 404)
            #expect(try await test.get("/ws").status == 426)
        }
    }

    @Test("Opening a link changes nothing; exchanging it notes that it was opened")
    func getChangesNothing() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let secret = TestServer.secret(links.client)
            _ = try await test.get("/j/" + secret)
            let queue = try DatabaseQueue(path: test.databasePath)
            let sql = "SELECT state FROM invitations WHERE part = 'client'"
            #expect(try await queue.read { try String.fetchOne($0, sql: sql) } == "new")
            let answer = try await test.exchange(secret)
            #expect(answer.status == 201)
            #expect(try await queue.read { try String.fetchOne($0, sql: sql) } == "opened")
            #expect(try await queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM events") } == 0)
        }
    }

    @Test("Unknown, expired and ended links get one and the same answer")
    func invalidLinks() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let unknown = try await test.exchange("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            #expect(unknown.status == 404)
            #expect(try await test.exchange(String(repeating: "x", count: 500)).body == unknown.body)
            test.advance(seconds: 24 * 3600 + 1)
            let expired = try await test.exchange(TestServer.secret(links.client))
            #expect(expired.status == 404 && expired.body == unknown.body)
        }
    }

    @Test("The file holds hashes, not secrets")
    func hashes() async throws {
        let path = TestServer.temporaryPath()
        defer { TestServer.removeDatabase(path) }
        var secrets: [String] = []
        try await TestServer.run(databasePath: path) { test in
            let links = try await test.server.createSession()
            secrets = [links.clinician, links.client].map(TestServer.secret)
            _ = try await test.exchange(secrets[0])
        }
        #expect(secrets.allSatisfy { $0.utf8.count == 32 })
        var bytes = Data()
        for suffix in ["", "-wal"] { bytes += (try? Data(contentsOf: URL(fileURLWithPath: path + suffix))) ?? Data() }
        #expect(bytes.count > 4096)
        #expect(bytes.range(of: Data(Secret.hash(secrets[0]))) != nil)
        for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil) }
    }

    @Test("Creating a session over HTTP needs the administrator's token and a sound body")
    func administration() async throws {
        let bearer = ["Authorization": "Bearer " + TestServer.token]
        try await TestServer.run { test in
            let path = "/api/v1/sessions"
            #expect(try await test.post(path, "{}").status == 401)
            #expect(try await test.post(path, "{}", ["Authorization": "Bearer wrong"]).status == 401)
            #expect(try await test.post(path, "{", bearer).status == 400)
            #expect(
                try await test.post(path, "{}", bearer.merging(["Content-Type": "text/plain"]) { $1 }).status == 415)
            let long = #"{"x":"\#(String(repeating: "x", count: 17 * 1024))"}"#
            #expect(try await test.post(path, long, bearer).status == 413)
            let past = #"{"closesAt":"2001-01-01T00:00:00Z"}"#
            #expect(try await test.post(path, past, bearer).status == 422)

            struct Reply: Decodable { var links: [String: String] }
            let body = #"{"policy":{"admission":"automatic"},"opensAt":"2026-01-01T00:00:00Z"}"#
            let created = try await test.post(path, body, bearer)
            #expect(created.status == 201)
            let links = try created.json(Reply.self).links
            #expect(links["client"]?.hasPrefix(test.base + "/j/") == true)
            #expect(links["client"] != links["clinician"])
            #expect(try await test.exchange(TestServer.secret(links["client"] ?? "")).status == 201)
        }
        try await TestServer.run {
            $0.adminToken = nil
        } _: { test in
            let answer = try await test.post("/api/v1/sessions", "{}", bearer)
            #expect(answer.status == 403)
        }
    }

    @Test("A page of another origin exchanges nothing")
    func crossOrigin() async throws {
        try await TestServer.run { test in
            let links = try await test.server.createSession()
            let body = #"{"invitation":"\#(TestServer.secret(links.client))"}"#
            #expect(try await test.post("/api/v1/grants", body, ["Origin": "https://evil.example"]).status == 403)
            #expect(try await test.post("/api/v1/grants", body, ["Origin": test.base]).status == 201)
        }
    }

    @Test("Joins of one address are limited")
    func limited() async throws {
        try await TestServer.run {
            $0.limits.joinBurst = 3; $0.limits.joinsPerMinute = 1
        } _: { test in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await test.exchange("nothing").status) }
            #expect(statuses == [404, 404, 404, 429])
        }
    }

    @Test("A port that is taken, a database that cannot be and a wrong URL are told by their errors")
    func failures() async throws {
        try await TestServer.run { test in
            let path = TestServer.temporaryPath()
            defer { TestServer.removeDatabase(path) }
            let second = try Server(configuration: .init(port: test.port, databasePath: path))
            await #expect(throws: ServerError.cannotBind) { try await second.start() }
            await #expect(throws: ServerError.alreadyStarted) { try await test.server.start() }
        }
        #expect(throws: ServerError.database(code: 14)) {
            try Server(configuration: .init(databasePath: "/nonexistent/file.sqlite"))
        }
        #expect(throws: ServerError.publicURLInvalid) {
            try Server(configuration: .init(databasePath: TestServer.temporaryPath(), publicURL: "https://a/b?c"))
        }
        let path = TestServer.temporaryPath()
        defer { TestServer.removeDatabase(path) }
        let unreadable = try Server(
            configuration: .init(port: 0, databasePath: path, tls: .init(certificatePath: "/x", privateKeyPath: "/y")))
        await #expect(throws: ServerError.certificateUnreadable) { try await unreadable.start() }
    }
}
