public import RapportBase
import RapportDTLS
public import RapportMedia
public import RapportNegotiation
import RapportRTP
import RapportSRTP

/// One peer above ICE: DTLS, SRTP, RTP streams, feedback and reports, without I/O, clock or randomness of its own.
///
/// The driver hands it what happened (`handle`), performs the outputs, and calls again with `.timeout` at `deadline`.
/// It is used by one executor at a time.
public struct PeerSession: ~Copyable {
    let configuration: SessionConfiguration
    var random: any RandomNumberGenerator
    var transport: SecureTransport
    var streams = StreamTable()
    var pacer: Pacer
    var rate: SendRateControl
    var scheduler: RTCPScheduler
    var feedback = FeedbackQueue()
    var roundTrip = RoundTripEstimator()
    var lipSync = LipSync()
    var announced: Bitrate?
    var data = DataTraffic()
    var transportCounters = TransportCounters()
    public internal(set) var refusals = RefusalCounters()
    private var isTransportWritable = false
    private var dtlsRole: NegotiatedSession.DTLSRole?
    var ended = false
    /// Packet under construction; kept so that none is allocated.
    var scratch: [UInt8] = []

    /// - Parameter random: source of SSRCs' first sequence numbers and report intervals; seeded in tests.
    public init(configuration: SessionConfiguration, random: any RandomNumberGenerator) {
        self.configuration = configuration
        self.random = random
        transport = SecureTransport(
            certificate: configuration.certificate, profiles: configuration.srtpProfiles,
            maximumDatagram: configuration.maximumDatagram)
        pacer = Pacer(target: configuration.startBitrate, Self.pacing)
        rate = SendRateControl(configuration)
        scheduler = RTCPScheduler()
        scratch.reserveCapacity(2048)
    }

    // The estimator decides what the path carries, protection and lower headers included.
    static var pacing: Pacer.Configuration {
        var pacing = Pacer.Configuration()
        pacing.headers = SRTPProfile.aeadAES128GCM.rtpOverhead + SendRateControl.lowerHeaders
        return pacing
    }

    /// When `.timeout` is due; nil when nothing waits.
    public var deadline: Timestamp? {
        var next = transport.deadline
        func consider(_ other: Timestamp?) {
            if let other { next = next.map { min($0, other) } ?? other }
        }
        guard transport.isSecured else { return next }
        consider(pacer.deadline)
        consider(scheduler.deadline)
        consider(streams.deadline)
        consider(rate.deadline)
        return next
    }

    /// How long pictures wait at the sender before they leave.
    public func sendQueueTime(at now: Timestamp) -> Duration { pacer.queueTime(at: now) }

    /// What this session learnt of the path, for the next one with the same peer; nil when it learnt nothing.
    public var pathMemory: PathMemory? { rate.pathMemory }

    // MARK: What may happen

    /// Tells the session what happened and takes what it wants done.
    public mutating func handle(_ input: SessionInput, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard !ended else { return }
        let told = outputs.events.count
        switch input {
        case .datagram(let bytes): receive(bytes, at: now, into: &outputs)
        case .transportWritable: becomeWritable(at: now, into: &outputs)
        case .timeout: transport.handleTimeout(at: now, into: &outputs)
        case .audio(let audio, let mid): send(audio, on: mid, at: now, into: &outputs)
        case .video(let video, let mid): send(video, on: mid, at: now, into: &outputs)
        case .close: close(at: now, into: &outputs)
        }
        proceed(after: told, at: now, into: &outputs)
    }

    /// Applies the outcome of a negotiation: opens, changes and closes streams, and starts the handshake when it can.
    public mutating func apply(
        _ negotiated: NegotiatedSession, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard !ended else { return }
        let told = outputs.events.count
        streams.apply(
            negotiated, maximumPacket: maximumPacket, repair: configuration.repair,
            wallClockAtStart: configuration.wallClockAtStart, using: &random)
        rate.usesFeedback = streams.receivesFeedback
        rate.takesStreamReports = streams.knowsStreamReports
        rate.update(demand: demand, at: now)
        dtlsRole = negotiated.dtlsRole
        transport.setRemoteFingerprints(negotiated.remoteFingerprints, at: now, into: &outputs)
        startHandshake(at: now, into: &outputs)
        proceed(after: told, at: now, into: &outputs)
    }

    // Largest plaintext packet that stays within the datagram once protected by any profile.
    private var maximumPacket: Int { configuration.maximumDatagram - SRTPProfile.aeadAES128GCM.rtpOverhead }

    private mutating func becomeWritable(at now: Timestamp, into outputs: inout SessionOutputs) {
        isTransportWritable = true
        startHandshake(at: now, into: &outputs)
    }

    private mutating func startHandshake(at now: Timestamp, into outputs: inout SessionOutputs) {
        switch dtlsRole {
        case nil: break
        // RFC 8842 section 5.3: the active side starts as soon as it can send; the other waits for it.
        case .client:
            if isTransportWritable {
                transport.begin(as: .client, initialTimeout: handshakeTimeout, at: now, into: &outputs)
            }
        case .server: transport.begin(as: .server, initialTimeout: handshakeTimeout, at: now, into: &outputs)
        }
    }

    // RFC 6347 section 4.2.4.1 proposes one second; twice the round trip of the path is what is waited for.
    private var handshakeTimeout: Duration {
        let wanted = (roundTrip.latest ?? .milliseconds(50)) * 2
        return min(max(wanted, .milliseconds(50)), .seconds(1))
    }

    private mutating func close(at now: Timestamp, into outputs: inout SessionOutputs) {
        sendBye(into: &outputs)
        transport.close(at: now, into: &outputs)
        outputs.events.append(.ended(.closedLocally))
    }

    // Everything that is due now, whatever the input was; the events from `told` on are its own.
    mutating func proceed(after told: Int, at now: Timestamp, into outputs: inout SessionOutputs) {
        for event in outputs.events[told...] {
            switch event {
            case .secureTransport(.connected): begin(at: now, into: &outputs)
            case .ended: ended = true
            case .secureTransport, .video, .keyFrameRequested, .targetBitrate, .temporalLayers, .mediaStarted,
                .applicationData, .dataRoom:
                break
            }
        }
        guard transport.isSecured, !ended else { return }
        rate.handleTimeout(at: now)
        followDemand(at: now)
        applyRate(at: now, into: &outputs)
        collectFrames(at: now, into: &outputs)
        sendPaced(at: now, into: &outputs)
        sendReports(at: now, into: &outputs)
    }

    private mutating func begin(at now: Timestamp, into outputs: inout SessionOutputs) {
        scheduler.start(at: now, using: &random)
        applyRate(at: now, into: &outputs)
    }

    // MARK: Datagrams

    private mutating func receive(
        _ bytes: UnsafeMutableRawBufferPointer, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        let kind = DatagramKind(bytes.bindMemory(to: UInt8.self).span)
        transportCounters.received(bytes.count)
        switch kind {
        case .rtp: receiveRTP(bytes, at: now, into: &outputs)
        case .rtcp: receiveRTCP(bytes, at: now, into: &outputs)
        case .dtls: receiveDTLS(bytes, at: now, into: &outputs)
        // ICE keeps STUN and TURN for itself; what comes through is neither.
        case .stun, .turnChannel, .unknown: refusals.count(.unknownDatagram)
        }
    }

    private mutating func receiveDTLS(
        _ bytes: UnsafeMutableRawBufferPointer, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        // RFC 8842 section 5.5: an offerer may meet the ClientHello before the answer; the certificate is judged when
        // the fingerprint is known.
        if transport.state == .new, dtlsRole == nil {
            transport.begin(as: .server, initialTimeout: handshakeTimeout, at: now, into: &outputs)
        }
        guard transport.state == .connecting || transport.state == .connected else {
            return refusals.count(.unexpectedDTLS)
        }
        transport.receive(bytes.bindMemory(to: UInt8.self).span, at: now, into: &outputs)
    }
}

/// What may happen to a session.
public enum SessionInput {
    /// A datagram from the validated path. It is decrypted in place and not kept.
    case datagram(UnsafeMutableRawBufferPointer)
    /// ICE found a pair on which datagrams can be sent.
    case transportWritable
    /// The deadline came.
    case timeout
    /// A packet of sound to send now.
    case audio(EncodedAudio, MID)
    /// A picture to send as the pacer allows.
    case video(EncodedVideo, MID)
    /// The local user hangs up.
    case close
}

/// Datagrams and bytes of the whole session, protection included.
public struct TransportCounters: Sendable, Equatable {
    public private(set) var packetsSent = 0
    public private(set) var bytesSent = 0
    public private(set) var packetsReceived = 0
    public private(set) var bytesReceived = 0

    mutating func sent(_ bytes: Int) {
        packetsSent += 1
        bytesSent += bytes
    }

    mutating func received(_ bytes: Int) {
        packetsReceived += 1
        bytesReceived += bytes
    }
}
