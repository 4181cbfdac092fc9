public import RapportBase
import RapportCodecs
import RapportDTLS
import RapportICE
public import RapportMedia
public import RapportNegotiation
public import RapportSDP
import RapportSession

/// A WebRTC peer connection: negotiation, ICE, DTLS-SRTP and media between this program and one peer.
///
/// The words are those of W3C webrtc-pc; the shape is Swift's: methods are async and throw `PeerConnectionError`, and
/// everything that happens is told by one sequence, `events`. The connection lives on one of a few shared executors,
/// where libnice's callbacks arrive; encoders and decoders run on executors of their own.
public actor PeerConnection: ExecutorBound {
    nonisolated let executor: GLibExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// What happens, in order; ends when the connection is closed. For one reader.
    public nonisolated let events: AsyncStream<PeerConnectionEvent>

    let configuration: PeerConnectionConfiguration
    let clock = SessionClock()
    var negotiation: NegotiationState
    var session: PeerSession
    var outputs = SessionOutputs()
    var agent: ICEAgent?
    var wakeUp: ExecutorTimer?
    var wakeUpAt: Timestamp?
    var states = ConnectionStates()
    var media: [TransceiverID: TransceiverMedia] = [:]
    var parameters: [TransceiverID: RTPSendParameters] = [:]
    /// What each video transceiver's source shows.
    var hints: [TransceiverID: VideoContentHint] = [:]
    let backlog = SendBacklog()
    var gathered = GatheredCandidates()
    var remoteICE: ICEParameters?
    let fingerprint: Fingerprint
    private let tell: AsyncStream<PeerConnectionEvent>.Continuation
    private var isNegotiationAnnounced = false

    public init(configuration: PeerConnectionConfiguration = .init()) async throws(PeerConnectionError) {
        self.configuration = configuration
        executor = GLibExecutor.pooled()
        (events, tell) = AsyncStream.makeStream(of: PeerConnectionEvent.self, bufferingPolicy: .bufferingOldest(4096))
        let certificate = try Self.makeCertificate(at: clock)
        fingerprint = try Self.fingerprint(of: certificate)
        var random = SystemRandomNumberGenerator()
        negotiation = NegotiationState(
            capabilities: Self.capabilities(configuration), using: &random)
        session = PeerSession(
            configuration: Self.sessionConfiguration(configuration, certificate, clock), random: random)
        try open()
    }

    private static func capabilities(_ configuration: PeerConnectionConfiguration) -> Capabilities {
        var all = Capabilities.standard.telling(configuration.arrivalReports)
        if configuration.offersRedundantSound { all = all.withRedundantSound }
        return configuration.offersFlexFEC ? all : all.withoutRepair
    }

    private static func makeCertificate(at clock: SessionClock) throws(PeerConnectionError) -> DTLSCertificate {
        do throws(DTLSError) { return try .makeSelfSigned(now: clock.unixSecondsAtStart) } catch { throw .dtls(error) }
    }

    private static func fingerprint(of certificate: DTLSCertificate) throws(PeerConnectionError) -> Fingerprint {
        do throws(DTLSError) { return try certificate.fingerprint() } catch { throw .dtls(error) }
    }

    private static func sessionConfiguration(
        _ configuration: PeerConnectionConfiguration, _ certificate: DTLSCertificate, _ clock: SessionClock
    ) -> SessionConfiguration {
        var session = SessionConfiguration(
            certificate: certificate, wallClockAtStart: clock.wallClockAtStart,
            // RFC 7022 section 4.2: 64 random bits, for this session only.
            canonicalName: String(UInt64.random(in: 0...UInt64.max), radix: 36),
            maximumBitrate: configuration.maximumBitrate,
            startBitrate: min(configuration.startBitrate, configuration.maximumBitrate),
            minimumBitrate: min(.kilobits(100), configuration.maximumBitrate))
        session.pathMemory = configuration.pathMemory
        return session
    }

    deinit { tell.finish() }

    // MARK: States

    public var signalingState: SignalingState { negotiation.signalingState }
    public var iceGatheringState: ICEGatheringState { states.gathering }
    public var iceConnectionState: ICEConnectionStateName { states.ice }
    public var secureTransportState: SecureTransportStateName { states.secure }
    public var connectionState: PeerConnectionState { states.connection }
    /// The transceivers in the order in which they were added.
    public var transceivers: [RTPTransceiver] {
        negotiation.transceivers.map { RTPTransceiver(id: $0.id, kind: $0.kind) }
    }

    /// What was learnt of the path until now, for the next connection to the same peer; nil when it is nothing.
    public var pathMemory: PathMemory? { session.pathMemory }

    /// What flows on a transceiver since the last answer; nil before it.
    public func currentDirection(of transceiver: RTPTransceiver) -> TransceiverDirection? {
        negotiation.transceiver(transceiver.id)?.currentDirection
    }

    // MARK: Life

    private func open() throws(PeerConnectionError) {
        do throws(ICEError) {
            agent = try ICEAgent(configuration: iceConfiguration, executor: executor) { [weak self] event in
                self?.assumeIsolated { $0.handle(event) }
            }
        } catch {
            throw .ice(error)
        }
        wakeUp = executor.makeTimer { [weak self] in
            self?.assumeIsolated { connection in
                connection.wakeUpAt = nil
                connection.drive(.timeout)
            }
        }
    }

    private var iceConfiguration: ICEConfiguration {
        var ice = ICEConfiguration()
        ice.servers = configuration.iceServers
        ice.relayOnly = configuration.iceTransportPolicy == .relay
        ice.bindAddresses = configuration.bindAddresses
        return ice
    }

    /// Hangs up: tells the peer, stops every track, frees sockets and threads' work, ends `events`. W3C section 4.4.2.
    public func close() async {
        guard states.connection != .closed else { return }
        drive(.close)
        negotiation.close()
        states.close()
        tell(.signalingStateChanged(.closed))
        tell(.connectionStateChanged(.closed))
        wakeUp?.cancel()
        wakeUp = nil
        for item in media.values { await item.stop() }
        await agent?.close()
        agent = nil
        tell.finish()
    }

    func requireOpen() throws(PeerConnectionError) {
        if states.connection == .closed { throw .closed }
    }

    func tell(_ event: PeerConnectionEvent) { _ = tell.yield(event) }

    // MARK: Tracks

    /// Adds a track to send; the section also receives. W3C webrtc-pc section 5.1.
    @discardableResult
    public func addTrack(_ track: sending LocalTrack) async throws(PeerConnectionError) -> RTPTransceiver {
        try requireOpen()
        let kind = track.kind
        let id = try negotiating { state throws(NegotiationError) in try state.addTrack(kind) }
        return try await attach(track, to: id, kind)
    }

    /// Adds a section of its own. W3C webrtc-pc section 5.1.
    @discardableResult
    public func addTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection = .sendrecv
    ) async throws(PeerConnectionError) -> RTPTransceiver {
        try requireOpen()
        let id = try negotiating { state throws(NegotiationError) in
            try state.addTransceiver(kind, direction: direction)
        }
        _ = try mediaItem(id, kind)
        announceNegotiation()
        return RTPTransceiver(id: id, kind: kind)
    }

    private func attach(
        _ track: sending LocalTrack, to id: TransceiverID, _ kind: MediaKind
    ) async throws(PeerConnectionError) -> RTPTransceiver {
        let transceiver = RTPTransceiver(id: id, kind: kind)
        _ = try mediaItem(id, kind)
        announceNegotiation()
        try await replaceTrack(track, of: transceiver)
        return transceiver
    }

    /// Sends another track, without negotiation. W3C webrtc-pc section 5.2, `replaceTrack`.
    public func replaceTrack(
        _ track: sending LocalTrack, of transceiver: RTPTransceiver
    ) async throws(PeerConnectionError) {
        try requireOpen()
        guard negotiation.transceiver(transceiver.id) != nil else { throw .unknownTransceiver }
        let item = try mediaItem(transceiver.id, transceiver.kind)
        if case .video(let source) = track { hints[transceiver.id] = source.contentHint }
        switch (track, item) {
        case (.audio(let source), .audio(let pipeline)): await pipeline.setSource(source)
        case (.video(let source), .video(let sender, _)): await sender.setSource(source)
        case (.audio, .video): throw .wrongKind(.audio)
        case (.video, .audio): throw .wrongKind(.video)
        }
    }

    /// Says where a transceiver's received sound goes.
    public func setSink(_ sink: (any AudioSink)?, of transceiver: RTPTransceiver) async throws(PeerConnectionError) {
        guard case .audio(let pipeline) = try mediaItem(transceiver.id, transceiver.kind) else {
            throw .wrongKind(.audio)
        }
        if negotiation.transceiver(transceiver.id) != nil {
            let playsStereo = sink?.channels == 2
            try negotiating { state throws(NegotiationError) in
                try state.setPlaysStereo(playsStereo, of: transceiver.id)
            }
        }
        await pipeline.setSink(sink)
    }

    /// Says where a transceiver's received pictures go.
    public func setSink(_ sink: (any VideoSink)?, of transceiver: RTPTransceiver) async throws(PeerConnectionError) {
        guard case .video(_, let receiver) = try mediaItem(transceiver.id, transceiver.kind) else {
            throw .wrongKind(.video)
        }
        await receiver.setSink(sink)
    }

    func announceNegotiation() {
        guard negotiation.negotiationNeeded, !isNegotiationAnnounced else { return }
        isNegotiationAnnounced = true
        tell(.negotiationNeeded)
    }

    /// An exchange ended: what it left undone is announced anew. W3C webrtc-pc section 4.7.3.
    func negotiationSettled() {
        isNegotiationAnnounced = false
        announceNegotiation()
    }

    func negotiating<Value>(
        _ body: (inout NegotiationState) throws(NegotiationError) -> Value
    ) throws(PeerConnectionError) -> Value {
        do throws(NegotiationError) { return try body(&negotiation) } catch { throw .negotiation(error) }
    }
}
