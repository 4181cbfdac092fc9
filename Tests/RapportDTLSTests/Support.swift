import RapportBase
import Testing

@testable import RapportDTLS

/// xorshift64*, so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

let someDay: Int64 = 1_790_000_000

func makeCertificate(_ key: DTLSCertificate.KeyAlgorithm = .p256) throws -> DTLSCertificate {
    try DTLSCertificate.makeSelfSigned(now: someDay, key: key)
}

/// What one endpoint put out, apart from datagrams.
struct Record {
    var keys: [SRTPKeys] = []
    var messages: [[UInt8]] = []
    var errors: [DTLSError] = []
    var closed = 0

    var isOver: Bool { !errors.isEmpty || closed > 0 }
}

/// What can be read from an endpoint, copied, because expectations cannot take what is not copyable.
struct Snapshot {
    let isConnected: Bool
    let timeout: Duration?
    let statistics: DTLSStatistics
    let cipherSuite: String?
    let hasExtendedMasterSecret: Bool
    let peerCertificate: [UInt8]?
    let maximumMessageSize: Int?

    init(_ endpoint: borrowing DTLSEndpoint) {
        isConnected = endpoint.isConnected
        timeout = endpoint.timeout
        statistics = endpoint.statistics
        cipherSuite = endpoint.cipherSuite
        hasExtendedMasterSecret = endpoint.hasExtendedMasterSecret
        peerCertificate = endpoint.peerCertificate
        maximumMessageSize = endpoint.maximumMessageSize
    }
}

/// Two endpoints and the path between them.
struct Pair: ~Copyable {
    enum Way { case toServer, toClient }

    var client: DTLSEndpoint
    var server: DTLSEndpoint
    var clientSaw = Record()
    var serverSaw = Record()
    let clientFingerprint: Fingerprint
    let serverFingerprint: Fingerprint
    /// Datagrams in the order they were sent.
    var sent: [(way: Way, bytes: [UInt8])] = []
    /// What becomes of each datagram: those that arrive in its stead.
    var path: (Way, [UInt8]) -> [[UInt8]] = { _, datagram in [datagram] }
    private var flying: [(way: Way, bytes: [UInt8])] = []

    init(
        clientProfiles: [SRTPProfile] = DTLSEndpoint.standardProfiles,
        serverProfiles: [SRTPProfile] = DTLSEndpoint.standardProfiles,
        timeout: Duration = .seconds(20), clientKey: DTLSCertificate.KeyAlgorithm = .p256,
        serverKey: DTLSCertificate.KeyAlgorithm = .p256, clientPolicy: DTLSPolicy? = nil,
        serverPolicy: DTLSPolicy? = nil
    ) throws {
        let shared = try DTLSPolicy.shared.get()
        let ours = try makeCertificate(clientKey)
        let theirs = try makeCertificate(serverKey)
        let fingerprints = (try ours.fingerprint(), try theirs.fingerprint())
        let client = try DTLSEndpoint(
            role: .client, certificate: ours, profiles: clientProfiles, initialTimeout: timeout,
            policy: clientPolicy ?? shared)
        let server = try DTLSEndpoint(
            role: .server, certificate: theirs, profiles: serverProfiles, initialTimeout: timeout,
            policy: serverPolicy ?? shared)
        (clientFingerprint, serverFingerprint) = fingerprints
        self.client = client
        self.server = server
    }

    /// Tells both sides the right fingerprints.
    mutating func exchangeFingerprints() {
        tellClient([serverFingerprint])
        tellServer([clientFingerprint])
    }

    mutating func tellClient(_ fingerprints: [Fingerprint]) {
        var outputs: [DTLSOutput] = []
        client.setRemoteFingerprints(fingerprints, into: &outputs)
        take(outputs, from: .toServer)
    }

    mutating func tellServer(_ fingerprints: [Fingerprint]) {
        var outputs: [DTLSOutput] = []
        server.setRemoteFingerprints(fingerprints, into: &outputs)
        take(outputs, from: .toClient)
    }

    mutating func start() {
        var outputs: [DTLSOutput] = []
        client.start(into: &outputs)
        take(outputs, from: .toServer)
        outputs = []
        server.start(into: &outputs)
        take(outputs, from: .toClient)
    }

    /// Sorts outputs of the side whose datagrams go that way.
    mutating func take(_ outputs: [DTLSOutput], from way: Way) {
        for output in outputs {
            switch output {
            case .transmit(let datagram):
                sent.append((way, datagram))
                flying += path(way, datagram).map { (way, $0) }
            case .connected(let keys): note(way) { $0.keys.append(keys) }
            case .applicationData(let bytes): note(way) { $0.messages.append(bytes) }
            case .closed: note(way) { $0.closed += 1 }
            case .failed(let error): note(way) { $0.errors.append(error) }
            }
        }
    }

    private mutating func note(_ way: Way, _ change: (inout Record) -> Void) {
        switch way {
        case .toServer: change(&clientSaw)
        case .toClient: change(&serverSaw)
        }
    }

    mutating func deliver(_ bytes: [UInt8], _ way: Way) {
        var outputs: [DTLSOutput] = []
        switch way {
        case .toServer:
            server.receive(bytes.span, into: &outputs)
            take(outputs, from: .toClient)
        case .toClient:
            client.receive(bytes.span, into: &outputs)
            take(outputs, from: .toServer)
        }
    }

    /// Delivers what flies until nothing does.
    mutating func settle() {
        while !flying.isEmpty {
            let next = flying.removeFirst()
            deliver(next.bytes, next.way)
        }
    }

    mutating func handleTimeouts() {
        var outputs: [DTLSOutput] = []
        client.handleTimeout(into: &outputs)
        take(outputs, from: .toServer)
        outputs = []
        server.handleTimeout(into: &outputs)
        take(outputs, from: .toClient)
    }

    var clientNow: Snapshot { Snapshot(client) }
    var serverNow: Snapshot { Snapshot(server) }

    var isDone: Bool {
        (!clientSaw.keys.isEmpty || clientSaw.isOver) && (!serverSaw.keys.isEmpty || serverSaw.isOver)
    }

    /// Runs until both sides are connected or over: OpenSSL's timers run in real time, so this waits for them.
    mutating func run(bound: Duration = .seconds(30)) async throws {
        let clock = ContinuousClock()
        let end = clock.now + bound
        settle()
        while !isDone, clock.now < end {
            let waits = [client.timeout, server.timeout].compactMap(\.self)
            guard let wait = waits.min() else { return }
            if wait > .zero { try await clock.sleep(for: min(wait, .milliseconds(250))) }
            handleTimeouts()
            settle()
        }
    }
}

extension SRTPKeys {
    /// Everything in one array, to compare.
    var all: [UInt8] { [UInt8(profile.rawValue)] + clientKey + clientSalt + serverKey + serverSalt }
}
