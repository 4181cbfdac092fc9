public import RapportBase
public import RapportDTLS
public import RapportMedia

/// What a session is given at its start and never asks for.
public struct SessionConfiguration: Sendable {
    public var certificate: DTLSCertificate
    /// Wall-clock time at the session's `Timestamp.zero`, for sender reports.
    public var wallClockAtStart: NTPTime
    /// RFC 7022 section 4.2: a random name for this session; it says nothing about the person.
    public var canonicalName: String
    /// Upper bound of what is sent, all streams together.
    public var maximumBitrate: Bitrate
    public var startBitrate: Bitrate
    public var minimumBitrate: Bitrate
    /// What decides the sending rate when the peer tells arrivals.
    public var congestionControl = CongestionControl.rapport
    /// What the last session with the same peer learnt of the path; nil when that is unknown or long ago.
    public var pathMemory: PathMemory?
    /// Largest datagram sent, protection included, in bytes.
    public var maximumDatagram = 1200
    /// When packets that repair lost ones are sent, and how many; nil sends none. The peer has to take them.
    public var repair: RepairChoice.Tuning? = RepairChoice.Tuning()
    /// SRTP profiles offered or accepted, most wanted first; at least one.
    public var srtpProfiles = DTLSEndpoint.standardProfiles

    public init(
        certificate: DTLSCertificate, wallClockAtStart: NTPTime, canonicalName: String,
        maximumBitrate: Bitrate = .kilobits(1500), startBitrate: Bitrate = .kilobits(1000),
        minimumBitrate: Bitrate = .kilobits(100)
    ) {
        self.certificate = certificate
        self.wallClockAtStart = wallClockAtStart
        self.canonicalName = canonicalName
        self.maximumBitrate = maximumBitrate
        self.startBitrate = startBitrate
        self.minimumBitrate = minimumBitrate
    }
}

/// Which estimator decides the sending rate.
public enum CongestionControl: String, Sendable, CaseIterable {
    /// Ours.
    case rapport
    /// libwebrtc's, to compare with.
    case google
}
