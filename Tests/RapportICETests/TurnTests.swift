import CNice
import Glibc
import RapportBase
import Synchronization
import Testing

@testable import RapportICE

/// A coturn of the test's own on loopback, with a static user, ended by its process number.
final class Coturn: Sendable {
    static let path: String? = {
        let places: [String] = ["/usr/bin/turnserver", "/usr/local/bin/turnserver"]
        return places.first { access($0, X_OK) == 0 }
    }()
    static let user = "rapport"
    static let password = "relay-test"

    let port: UInt16
    private let process: pid_t

    private init(port: UInt16, process: pid_t) {
        self.port = port
        self.process = process
    }

    /// Starts the server and waits, on `executor`, until it says that it listens for UDP and TCP.
    static func start(on executor: GLibExecutor) async throws -> Coturn {
        guard let path else { throw Timeout(description: "turnserver is not installed") }
        let port = freePort()
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw Timeout(description: "no pipe") }
        let process = try spawn(path, arguments(port), output: ends[1])
        close(ends[1])
        let server = Coturn(port: port, process: process)
        guard await listens(on: executor, output: ends[0]) else {
            server.stop()
            throw Timeout(description: "turnserver did not come up")
        }
        return server
    }

    private static func arguments(_ port: UInt16) -> [String] {
        [
            "turnserver", "-n", "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", "\(port)", "--lt-cred-mech",
            "-u", "\(user):\(password)", "-r", "rapport.test", "--no-tls", "--no-dtls", "--no-cli",
            "--allow-loopback-peers", "-l", "stdout", "--simple-log", "--verbose", "--pidfile",
            "/tmp/rapport-turn-\(port).pid", "--db", "/tmp/rapport-turn-\(port).db",
        ]
    }

    private static func freePort() -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = NiceAddress()
        nice_address_set_from_string(&address, "127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        bind(descriptor, rapport_sockaddr(&address), length)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return address.port
    }

    private static func spawn(_ path: String, _ arguments: [String], output: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawn(&process, path, &actions, nil, &words, environ) == 0 else {
            throw Timeout(description: "turnserver cannot be started")
        }
        return process
    }

    /// Reads the server's log until both listeners are open; goes on reading afterwards so that it never blocks.
    private static func listens(on executor: GLibExecutor, output: CInt) async -> Bool {
        await withCheckedContinuation { continuation in
            executor.perform { Log(executor, output, continuation).begin() }
        }
    }

    private final class Log: @unchecked Sendable {
        let output: CInt
        let executor: GLibExecutor
        var text = ""
        var continuation: CheckedContinuation<Bool, Never>?
        var watch: DescriptorWatch?

        init(_ executor: GLibExecutor, _ output: CInt, _ continuation: CheckedContinuation<Bool, Never>) {
            self.executor = executor
            self.output = output
            self.continuation = continuation
        }

        func begin() {
            _ = fcntl(output, F_SETFL, O_NONBLOCK)
            // Keeps itself alive until the server ends.
            watch = DescriptorWatch(executor: executor, descriptor: output, condition: GIOCondition(1 | 16)) {
                self.read()
            }
            executor.addTimer(after: .seconds(10)) { self.settle(false) }
        }

        private func read() {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(output, &buffer, buffer.count)
            if count == 0 {
                settle(false)
                watch?.cancel()
                watch = nil
                close(output)
            }
            guard continuation != nil, count > 0 else { return }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            if text.contains("TCP listener opened"), text.contains("UDP listener opened") { settle(true) }
        }

        private func settle(_ isUp: Bool) {
            continuation?.resume(returning: isUp)
            continuation = nil
        }
    }

    func stop() {
        kill(process, SIGKILL)
        var status: CInt = 0
        waitpid(process, &status, 0)
        unlink("/tmp/rapport-turn-\(port).pid")
        unlink("/tmp/rapport-turn-\(port).db")
    }
}

@Suite("Relays", .serialized)
struct TurnTests {
    @Test(
        "a relay-only call goes through coturn and shows relayed candidates only",
        .enabled(if: Coturn.path != nil, "turnserver is not installed: apt-get install coturn"),
        arguments: [ICEServer.Transport.udp, .tcp])
    func relayOnly(_ transport: ICEServer.Transport) async throws {
        let executor = GLibExecutor(name: "test-turn")
        let server = try await Coturn.start(on: executor)
        defer { server.stop() }
        let url = "turn:127.0.0.1:\(server.port)?transport=\(transport.rawValue)"
        let relay = try ICEServer(urls: [url], username: Coturn.user, credential: Coturn.password)
        let pair = try await Pair(on: executor, executor) {
            $0.relayOnly = true
            $0.servers = [relay]
        }
        try await pair.connect()
        for peer in [pair.offerer, pair.answerer] {
            let candidates = await peer.candidates
            #expect(!candidates.isEmpty && candidates.allSatisfy { $0.kind == .relay })
            // RFC 8839 section 5.1: what was behind the relay stays hidden.
            #expect(candidates.allSatisfy { $0.relatedAddress == "0.0.0.0" && $0.relatedPort == 9 })
            #expect(await peer.selectedPair?.local.kind == .relay)
        }
        let datagram: [UInt8] = [0x80] + (0..<1199).map { UInt8(truncatingIfNeeded: $0) }
        #expect(await pair.offerer.send(datagram))
        try await pair.answerer.wait("relayed") { $0.contains(.datagram(datagram)) }
        #expect(await pair.answerer.sendBatch([[0x80, 1], [0x80, 2], [0x80, 3]]) == 3)
        try await pair.offerer.wait("batch") { $0.contains(.datagram([0x80, 3])) }
        let start = executor.now
        await pair.close()
        print("relays over \(transport.rawValue) given back after \((executor.now - start) / 1000) µs")
        executor.stop()
    }

    @Test("a relay that does not answer ends gathering without a candidate, and closing does not wait for it")
    func deadRelay() async throws {
        let executor = GLibExecutor(name: "test-turn-dead")
        var configuration = ICEConfiguration.loopback(controlling: true)
        configuration.relayOnly = true
        configuration.servers = [try ICEServer(urls: ["turn:127.0.0.1:9"], username: "u", credential: "c")]
        configuration.initialCheckTimeout = .milliseconds(20)
        configuration.checkTransmissions = 2
        let peer = ICEPeer(on: executor)
        try await peer.open(configuration)
        try await peer.gather()
        try await peer.wait("gathered") { $0.contains(.gatheringComplete) }
        #expect(await peer.candidates.isEmpty)
        await peer.close()
        executor.stop()
    }
}
