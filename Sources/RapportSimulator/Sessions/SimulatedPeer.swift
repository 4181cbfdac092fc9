import RapportBase
import RapportDTLS
import RapportMedia
import RapportNegotiation
import RapportSDP
import RapportSession

/// One side of a simulated call: a whole session, its negotiation, and what it told since it was last asked.
struct SimulatedPeer: ~Copyable {
    var session: PeerSession
    var negotiation: NegotiationState
    let transport: LocalTransport
    private(set) var negotiated: NegotiatedSession?
    private var outputs = SessionOutputs()

    init(_ number: Int, _ setting: SessionSetting, _ generator: SimulationGenerator) throws {
        // Its keys differ from run to run; nothing that is measured depends on them.
        let certificate = try DTLSCertificate.makeSelfSigned(now: 1_700_000_000)
        let fingerprint = try certificate.fingerprint()
        var configuration = SessionConfiguration(
            certificate: certificate, wallClockAtStart: NTPTime(unixSeconds: 1_700_000_000, nanoseconds: 0),
            canonicalName: "end-\(number)", maximumBitrate: setting.maximum, startBitrate: setting.start,
            minimumBitrate: setting.minimum)
        configuration.congestionControl = setting.control
        configuration.pathMemory = setting.memory
        configuration.repair = setting.repair
        var random = generator
        let sessionRandom = SimulationGenerator(seed: random.next())
        var negotiation = NegotiationState(using: &random)
        try negotiation.addTrack(.audio)
        try negotiation.addTrack(.video)
        // Only now: a value that cannot be copied may not be left half made by an error.
        self.negotiation = negotiation
        session = PeerSession(configuration: configuration, random: sessionRandom)
        transport = LocalTransport(
            ice: ICEParameters(usernameFragment: "end\(number)", password: "abcdefghijklmnopqrstuv"),
            fingerprints: [fingerprint])
    }

    mutating func handle(_ input: SessionInput, at now: Timestamp) {
        session.handle(input, at: now, into: &outputs)
    }

    mutating func receive(_ datagram: [UInt8], at now: Timestamp) {
        var bytes = datagram
        bytes.withUnsafeMutableBytes { handle(.datagram($0), at: now) }
    }

    /// False when the session refused it.
    mutating func send(_ message: [UInt8], _ urgency: DataUrgency, at now: Timestamp) -> Bool {
        do {
            try session.send(data: message.span, urgency, at: now, into: &outputs)
            return true
        } catch {
            return false
        }
    }

    mutating func apply(_ action: NegotiationAction, at now: Timestamp) {
        guard case .apply(let negotiated) = action else { return }
        self.negotiated = negotiated
        session.apply(negotiated, at: now, into: &outputs)
    }

    func mid(_ kind: MediaKind) -> MID? { negotiated?.media.first { $0.kind == kind }?.mid }

    /// Names the stream that is sent.
    func source(_ kind: MediaKind) -> UInt32? {
        negotiated?.media.first { $0.kind == kind }?.sendSSRC.rawValue
    }

    mutating func takeEvents() -> [SessionEvent] {
        defer { outputs.events.removeAll(keepingCapacity: true) }
        return outputs.events
    }

    mutating func takeDatagrams() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        outputs.withDatagrams { bytes, ranges in datagrams = ranges.map { Array(bytes[$0]) } }
        let events = outputs.events
        outputs.removeAll()
        outputs.events = events
        return datagrams
    }
}

/// How the sessions of a simulated call are set up.
struct SessionSetting {
    var minimum: Bitrate
    var start: Bitrate
    var maximum: Bitrate
    var memory: PathMemory?
    var control: CongestionControl
    var repair: RepairChoice.Tuning?
}
