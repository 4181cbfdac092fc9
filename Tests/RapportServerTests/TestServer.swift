import Foundation
import Logging
import RapportSignaling
import Synchronization

@testable import RapportServer

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A server on a free port with a database of its own and a clock that the test moves.
final class TestServer: Sendable {
    static let token = "an administrator's token"

    let server: Server
    let port: Int
    let databasePath: String
    let lines: CapturedLines
    private let clock: MovableClock

    /// Starts a server, lets the test use it, stops it and removes its files.
    static func run(
        databasePath: String? = nil, _ change: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let path = databasePath ?? temporaryPath()
        var configuration = ServerConfiguration(port: 0, databasePath: path, adminToken: token)
        change(&configuration)
        let lines = CapturedLines()
        let clock = MovableClock()
        let server = try Server(
            configuration: configuration, logger: Logger(label: "test") { _ in lines.handler }, clock: clock.clock)
        let port = try await server.start()
        let test = TestServer(server: server, port: port, databasePath: path, lines: lines, clock: clock)
        do {
            try await body(test)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
        if databasePath == nil { removeDatabase(path) }
    }

    private init(server: Server, port: Int, databasePath: String, lines: CapturedLines, clock: MovableClock) {
        self.server = server
        self.port = port
        self.databasePath = databasePath
        self.lines = lines
        self.clock = clock
    }

    var base: String { "http://127.0.0.1:\(port)" }

    func advance(seconds: Int64) { clock.advance(seconds: seconds) }

    static func temporaryPath() -> String {
        NSTemporaryDirectory() + "rapport-test-\(UUID().uuidString).sqlite"
    }

    static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    // MARK: HTTP

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        func json<T: Decodable>(_ type: T.Type) throws -> T { try JSONDecoder().decode(type, from: body) }
    }

    struct ProblemBody: Decodable {
        var type: String
        var title: String
        var status: Int
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path, nil, [:]) }

    func post(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, body, ["Content-Type": "application/json"].merging(headers) { $1 })
    }

    private func send(_ method: String, _ path: String, _ body: String?, _ headers: [String: String]) async throws
        -> Answer
    {
        guard let url = URL(string: base + path) else { preconditionFailure("a test asks for no URL: \(path)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let answer = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        var fields: [String: String] = [:]
        for (name, value) in answer.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: answer.statusCode, headers: fields, body: data)
    }

    // MARK: Joining

    private struct GrantBody: Decodable { var grant: String }

    static func secret(_ link: String) -> String { String(link.split(separator: "/").last ?? "") }

    func exchange(_ secret: String) async throws -> Answer {
        try await post("/api/v1/grants", #"{"invitation":"\#(secret)"}"#)
    }

    func grant(_ link: String) async throws -> String {
        try await exchange(Self.secret(link)).json(GrantBody.self).grant
    }

    /// Connects and says hello with a fresh grant.
    func join(_ link: String) async throws -> (TestSocket, ServerMessage.HelloOK) {
        let socket = try await TestSocket.connect(port: port)
        _ = try await socket.next()
        try await socket.send(.hello(.init(grant: try await grant(link), clientKind: "test")))
        guard case .helloOK(let hello) = try await socket.next() else { throw TestSocket.Failure.unexpectedMessage }
        return (socket, hello)
    }
}

/// The system's clock, moved forward by the test.
final class MovableClock: Sendable {
    private let offset = Mutex<Int64>(0)

    func advance(seconds: Int64) { offset.withLock { $0 += seconds * 1000 } }

    var clock: WallClock { WallClock { [self] in WallClock.system.now() + offset.withLock { $0 } } }
}

/// Every line logged, with its level.
final class CapturedLines: Sendable {
    private let lines = Mutex<[(Logger.Level, String)]>([])

    func all(from level: Logger.Level) -> [String] {
        lines.withLock { $0.filter { $0.0 >= level }.map(\.1) }
    }

    var handler: Handler { Handler(lines: self) }

    struct Handler: LogHandler {
        let lines: CapturedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let text = "\(event.message) \(metadata) \(event.metadata ?? [:])"
            lines.lines.withLock { $0.append((event.level, text)) }
        }
    }
}
