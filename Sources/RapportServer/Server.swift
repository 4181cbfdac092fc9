import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
import RapportBase
public import RapportSignaling
import ServiceLifecycle

/// The session server: page, links, signalling and store behind one port.
public actor Server {
    private enum State {
        case idle
        case running(ServiceGroup, Task<Void, any Error>)
        case stopped
    }

    private let configuration: ServerConfiguration
    private let clock: WallClock
    private let logger: Logger
    private let store: SessionStore
    private let directory: SessionDirectory
    private let lobby: Lobby
    private let registry: ConnectionRegistry
    private var state = State.idle

    /// Opens the database and checks the configuration; listens to nothing yet.
    public init(configuration: ServerConfiguration, logger: Logger = Logger(label: "rapport")) throws(ServerError) {
        try self.init(configuration: configuration, logger: logger, clock: .system)
    }

    init(configuration: ServerConfiguration, logger: Logger, clock: WallClock) throws(ServerError) {
        if let url = configuration.publicURL {
            guard url.wholeMatch(of: /https?:\/\/[A-Za-z0-9.:\[\]-]+/) != nil else { throw .publicURLInvalid }
        }
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        store = try SessionStore(path: configuration.databasePath)
        directory = SessionDirectory(
            store: store, clock: clock, baseURL: Self.baseURL(configuration, port: configuration.port))
        registry = ConnectionRegistry(maximum: configuration.limits.connections)
        lobby = Lobby(store: store, clock: clock, configuration: configuration, logger: logger)
    }

    /// Makes a session with a link for the clinician and one for the client; works without `start`.
    ///
    /// - Parameters:
    ///   - opensAt: milliseconds since 1970, UTC; nil means now.
    ///   - closesAt: when an unused session expires; nil means a day after it opens.
    public func createSession(
        policy: SessionPolicy = SessionPolicy(), opensAt: Int64? = nil, closesAt: Int64? = nil
    ) async throws(ServerError) -> SessionLinks {
        try await directory.createSession(policy: policy, opensAt: opensAt, closesAt: closesAt)
    }

    /// Listens. Returns the port; throws `cannotBind` when it is taken.
    public func start() async throws(ServerError) -> Int {
        guard case .idle = state else { throw .alreadyStarted }
        try await store.recover(at: clock.now())
        let (bound, announce) = AsyncStream.makeStream(of: Int.self)
        let application = try makeApplication { channel in
            announce.yield(channel.localAddress?.port ?? 0)
            announce.finish()
        }
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        let running = Task {
            // Without a port by now there will be none.
            defer { announce.finish() }
            try await group.run()
        }
        state = .running(group, running)
        var ports = bound.makeAsyncIterator()
        guard let port = await ports.next() else {
            state = .stopped
            throw .cannotBind
        }
        directory.use(baseURL: Self.baseURL(configuration, port: port))
        return port
    }

    /// Closes every connection with "going away", finishes the requests under way and writes what is queued.
    public func stop() async {
        guard case .running(let group, let running) = state else { return }
        state = .stopped
        await lobby.close()
        registry.closeAll()
        await group.triggerGracefulShutdown()
        // A peer that keeps its connection open must not keep the server.
        let impatience = Task {
            try await Task.sleep(for: .seconds(5))
            running.cancel()
        }
        _ = await running.result
        impatience.cancel()
        do { try await store.flush() } catch { logger.error("the store could not be flushed") }
    }

    /// Returns when the server has stopped, by `stop` or by a failure.
    public func waitUntilStopped() async {
        guard case .running(_, let running) = state else { return }
        _ = await running.result
    }

    private func makeApplication(
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws(ServerError) -> some ApplicationProtocol {
        let limiter = RateLimiter(configuration.limits)
        let routes = Routes(
            configuration: configuration, directory: directory, store: store, lobby: lobby, limiter: limiter)
        var quiet = logger
        // The framework tells its address and port at info; ours is told by `start`.
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: routes.router(), server: try makeChannels(limiter),
            configuration: .init(address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: onServerRunning, logger: quiet)
    }

    private func makeChannels(_ limiter: RateLimiter) throws(ServerError) -> HTTPServerBuilder {
        let configuration = configuration
        let session = WebSocketSession(
            lobby: lobby, registry: registry, clock: clock, configuration: configuration, logger: logger)
        let gate = UpgradeGate(origins: OriginRule(configuration: configuration), limiter: limiter)
        let plain = HTTPServerBuilder { responder in
            WebSocketChannel(responder: responder, gate: gate, configuration: configuration, serve: session.serve)
        }
        guard let files = configuration.tls else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificatePath)
            let key = try NIOSSLPrivateKey(file: files.privateKeyPath, format: .pem)
            return try .tls(
                plain,
                tlsConfiguration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw .certificateUnreadable
        }
    }

    private static func baseURL(_ configuration: ServerConfiguration, port: Int) -> String {
        if let url = configuration.publicURL { return url }
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        return "\(configuration.tls == nil ? "http" : "https")://\(host):\(port)"
    }
}
