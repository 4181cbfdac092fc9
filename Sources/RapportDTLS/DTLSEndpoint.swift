public import RapportBase

/// One side of a DTLS 1.2 association that keys SRTP. RFC 6347; RFC 5764; RFC 8842.
///
/// Datagrams and time-outs go in, `DTLSOutput`s come out; there is no socket in it. OpenSSL reads the system's clock
/// for its retransmission timer: `timeout` tells how long to wait before `handleTimeout(into:)`. Keys are released
/// only after the peer's certificate was found to have one of the fingerprints that signalling gave, however late.
public struct DTLSEndpoint: ~Copyable {
    /// AEAD first: it costs a fourth of the other, and its tag is longer. RFC 7714.
    public static let standardProfiles: [SRTPProfile] = [.aeadAES128GCM, .aeadAES256GCM, .aes128CMHMACSHA1_80]

    public let role: DTLSRole
    public internal(set) var statistics = DTLSStatistics()
    var connection: DTLSConnection
    var machine = DTLSStateMachine()
    let filter: RecordFilter
    /// Where messages are read to; as long as the longest datagram so far.
    var messageBuffer: [UInt8] = []

    /// - Parameters:
    ///   - certificate: whose fingerprint our description carries.
    ///   - profiles: offered or accepted, most wanted first; at least one.
    ///   - mtu: the largest datagram to send, 256 bytes or more.
    ///   - initialTimeout: see `setInitialTimeout(_:)`.
    public init(
        role: DTLSRole, certificate: DTLSCertificate, profiles: [SRTPProfile] = Self.standardProfiles,
        mtu: Int = 1200, initialTimeout: Duration
    ) throws(DTLSError) {
        try self.init(
            role: role, certificate: certificate, profiles: profiles, mtu: mtu, initialTimeout: initialTimeout,
            policy: try DTLSPolicy.shared.get())
    }

    init(
        role: DTLSRole, certificate: DTLSCertificate, profiles: [SRTPProfile] = Self.standardProfiles,
        mtu: Int = 1200, initialTimeout: Duration, policy: DTLSPolicy
    ) throws(DTLSError) {
        precondition(mtu >= 256 && !profiles.isEmpty, "a flight needs room and a profile")
        let link = DatagramLink(mtu: mtu, schedule: RetransmissionSchedule(initial: initialTimeout))
        let connection = try DTLSConnection(
            role: role, credentials: certificate.credentials, policy: policy, profiles: profiles, link: link)
        self.role = role
        self.connection = connection
        filter = RecordFilter(role: role)
    }

    /// The first wait for an answer: `clamp(2 × roundTrip, 50 ms, 1 s)`. It doubles from there.
    ///
    /// RFC 6347 section 4.2.4.1 begins with a second because it knows nothing of the path; ICE has measured it.
    public static func initialTimeout(roundTrip: Duration) -> Duration {
        min(max(roundTrip * 2, .milliseconds(50)), .seconds(1))
    }

    /// Replaces the first wait, for flights not sent yet. Held between 20 ms and 60 s.
    public mutating func setInitialTimeout(_ timeout: Duration) {
        connection.link.schedule = RetransmissionSchedule(initial: timeout)
    }

    /// Time until `handleTimeout(into:)` is due; nil when no answer is waited for.
    public var timeout: Duration? { machine.isActive ? connection.timeout : nil }

    /// True between `.connected` and the end.
    public var isConnected: Bool { machine.isConnected }

    /// IANA name of the cipher suite, once known: `dtlsCipher` of webrtc-stats.
    public var cipherSuite: String? { connection.cipherSuite }

    /// RFC 7627: the keys are bound to the whole handshake.
    public var hasExtendedMasterSecret: Bool { connection.hasExtendedMasterSecret }

    /// The peer's certificate in DER, once it came. It may not be verified yet.
    public var peerCertificate: [UInt8]? { connection.peerCertificate }

    /// The most bytes that `send(_:into:)` takes; nil before the handshake has a cipher.
    public var maximumMessageSize: Int? { connection.maximumMessageSize }
}
