public import RapportSignaling

/// Everything a session server is told at its start.
public struct ServerConfiguration: Sendable {
    /// PEM files of a certificate chain and its key.
    public struct TLS: Sendable {
        public var certificatePath: String
        public var privateKeyPath: String

        public init(certificatePath: String, privateKeyPath: String) {
            self.certificatePath = certificatePath
            self.privateKeyPath = privateKeyPath
        }
    }

    /// How long the server waits for whom.
    public struct Timing: Sendable {
        /// From the first byte to a whole request, and from the upgrade to `hello`.
        public var helloDeadline = Duration.seconds(10)
        public var pingInterval = Duration.seconds(20)
        /// Silence after which a connection is closed.
        public var idleTimeout = Duration.seconds(45)
        /// Life of a grant.
        public var grantLifetime = Duration.seconds(60)

        public init() {}
    }

    /// What one address may do, and all addresses together.
    public struct Limits: Sendable {
        /// Joins (link exchanges and connections) in a burst, and how many come back a minute, for one address.
        public var joinBurst = 60
        public var joinsPerMinute = 60
        /// The same for all addresses together.
        public var globalJoinBurst = 1000
        public var globalJoinsPerMinute = 3000
        /// WebSocket connections at once.
        public var connections = 4000
        /// Messages waiting to be sent on one connection before it is given up as stuck.
        public var sendQueue = 256
        /// Messages of one connection in a burst, and how many come back a second.
        public var messageBurst = 400
        public var messagesPerSecond = 40

        public init() {}
    }

    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// A file, made when missing.
    public var databasePath: String
    public var tls: TLS?
    /// Handed to clients as they are.
    public var iceServers: [ICEServerEntry]
    public var iceTransportPolicy: ICETransportPolicy
    /// Where clients reach the server, such as `https://sessions.example`; nil when they reach it at host and port.
    public var publicURL: String?
    /// Bearer token for `POST /api/v1/sessions`; nil switches that route off, leaving `Server.createSession`.
    public var adminToken: String?
    public var timing = Timing()
    public var limits = Limits()

    public init(
        host: String = "127.0.0.1", port: Int = 8080, databasePath: String, tls: TLS? = nil,
        iceServers: [ICEServerEntry] = [], iceTransportPolicy: ICETransportPolicy = .all, publicURL: String? = nil,
        adminToken: String? = nil
    ) {
        self.host = host
        self.port = port
        self.databasePath = databasePath
        self.tls = tls
        self.iceServers = iceServers
        self.iceTransportPolicy = iceTransportPolicy
        self.publicURL = publicURL
        self.adminToken = adminToken
    }
}
