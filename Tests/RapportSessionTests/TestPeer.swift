import RapportBase
import RapportDTLS
import RapportMedia
import RapportNegotiation
import RapportRTP

@testable import RapportSession

/// A session with its negotiation, its sources, and a record of everything it told.
final class TestPeer {
    static let certificates: [DTLSCertificate] = {
        do {
            return try (0..<3).map { _ in try DTLSCertificate.makeSelfSigned(now: 1_700_000_000) }
        } catch {
            fatalError("no certificate: \(error)")
        }
    }()

    var session: PeerSession
    var negotiation: NegotiationState
    var transport: LocalTransport
    var negotiated: NegotiatedSession?
    var outputs = SessionOutputs()
    var video: VideoSource
    var audio: AudioSource
    var sendsVideo = true
    var sendsAudio = true
    /// Pictures and packets of sound received, in order.
    private(set) var pictures: [EncodedVideo] = []
    private(set) var sounds: [[UInt8]] = []
    private(set) var madeUpSounds = 0
    /// Messages of data received, in order.
    private(set) var messages: [[UInt8]] = []
    /// Everything but the pictures.
    private(set) var events: [SessionEvent] = []
    /// Wake-ups, and those after which nothing was done and the same deadline stood.
    private(set) var wakeUps = 0
    private(set) var idleWakeUps = 0
    private var soundAtHand = 0

    init(
        seed: UInt64, certificate: Int, capabilities: Capabilities, maximum: Bitrate = .kilobits(1500),
        control: CongestionControl = .rapport
    ) throws {
        var random = SeededGenerator(seed: seed)
        let own = Self.certificates[certificate]
        var configuration = SessionConfiguration(
            certificate: own, wallClockAtStart: NTPTime(unixSeconds: 1_700_000_000, nanoseconds: 0),
            canonicalName: "peer-\(certificate)", maximumBitrate: maximum)
        configuration.congestionControl = control
        session = PeerSession(configuration: configuration, random: SeededGenerator(seed: random.next()))
        negotiation = NegotiationState(capabilities: capabilities, using: &random)
        transport = LocalTransport(
            ice: ICEParameters(usernameFragment: "peer\(certificate)", password: "abcdefghijklmnopqrstuv"),
            fingerprints: [try own.fingerprint()])
        video = VideoSource(seed: random.next())
        audio = AudioSource(seed: random.next())
    }

    func handle(_ input: SessionInput, at now: Timestamp) {
        session.handle(input, at: now, into: &outputs)
        note()
    }

    func receive(_ datagram: [UInt8], at now: Timestamp) {
        var bytes = datagram
        bytes.withUnsafeMutableBytes { handle(.datagram($0), at: now) }
    }

    /// Nil when the message was taken.
    func send(_ message: [UInt8], _ urgency: DataUrgency, at now: Timestamp) -> SessionError? {
        defer { note() }
        do throws(SessionError) {
            try session.send(data: message.span, urgency, at: now, into: &outputs)
            return nil
        } catch {
            return error
        }
    }

    func apply(_ negotiated: NegotiatedSession, at now: Timestamp) {
        self.negotiated = negotiated
        session.apply(negotiated, at: now, into: &outputs)
        note()
    }

    func setLineShare(_ share: Bitrate, at now: Timestamp) {
        session.setLineShare(share, at: now, into: &outputs)
        note()
    }

    func wakeUp(at now: Timestamp) {
        wakeUps += 1
        session.handle(.timeout, at: now, into: &outputs)
        if outputs.isEmpty, let deadline = session.deadline, deadline <= now { idleWakeUps += 1 }
        note()
    }

    /// Hands over the datagrams that wait to be sent.
    func takeDatagrams() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        outputs.withDatagrams { bytes, ranges in datagrams = ranges.map { Array(bytes[$0]) } }
        outputs.removeAll()
        return datagrams
    }

    // Events stay in the outputs until the datagrams are taken: only the new ones are noted.
    private func note() {
        for event in outputs.events {
            switch event {
            case .video(_, let picture): pictures.append(picture)
            case .keyFrameRequested:
                video.wantsKeyFrame = true
                events.append(event)
            case .targetBitrate(let rate):
                video.target = rate
                events.append(event)
            case .temporalLayers(_, let layers):
                video.layers = layers
                events.append(event)
            case .applicationData(let message): messages.append(message)
            case .secureTransport, .mediaStarted, .dataRoom, .ended: events.append(event)
            }
        }
        outputs.events.removeAll(keepingCapacity: true)
    }

    // MARK: Media

    func mid(_ kind: MediaKind) -> MID? { negotiated?.media.first { $0.kind == kind }?.mid }
    func media(_ kind: MediaKind) -> NegotiatedMedia? { negotiated?.media.first { $0.kind == kind } }

    func sendPicture(at now: Timestamp) {
        guard sendsVideo, isConnected, let mid = mid(.video) else { return }
        handle(.video(video.next(at: now), mid), at: now)
    }

    func sendSound(at now: Timestamp) {
        guard sendsAudio, isConnected, let mid = mid(.audio) else { return }
        handle(.audio(audio.next(at: now), mid), at: now)
    }

    /// Plays 10 ms, and pulls what that needs.
    func play(at now: Timestamp) {
        guard let mid = mid(.audio) else { return }
        while soundAtHand < 480 {
            var payload: [UInt8] = []
            let pull = session.pullAudio(mid, at: now, PlayoutReport(samplesAhead: soundAtHand), payload: &payload)
            soundAtHand += pull.added
            switch pull.source {
            case .packet: sounds.append(payload)
            case .fec, .conceal: madeUpSounds += 1
            case .comfortNoise, .silence, .nothing: break
            }
        }
        soundAtHand -= 480
    }

    // MARK: What was told

    var isConnected: Bool { session.transport.isSecured }
    var ends: [SessionEnd] { events.compactMap { if case .ended(let end) = $0 { end } else { nil } } }
    var targets: [Bitrate] { events.compactMap { if case .targetBitrate(let rate) = $0 { rate } else { nil } } }
    var secureStates: [SecureTransportState] {
        events.compactMap { if case .secureTransport(let state) = $0 { state } else { nil } }
    }
    var keyFrameRequests: Int {
        events.count { if case .keyFrameRequested = $0 { true } else { false } }
    }
    var refused: Int { session.refusals.byName.values.reduce(0, +) }

    func sender(_ kind: MediaKind) -> SenderStatistics? { session.statistics().senders.first { $0.kind == kind } }
    func receiver(_ kind: MediaKind) -> ReceiverStatistics? {
        session.statistics().receivers.first { $0.kind == kind }
    }
    var receivedAudio: AudioJitterBuffer.Statistics? {
        guard case .audio(let audio)? = receiver(.audio)?.media else { return nil }
        return audio
    }
    var receivedVideo: ReceiverStatistics.ReceivedVideo? {
        guard case .video(let video)? = receiver(.video)?.media else { return nil }
        return video
    }
}

// MARK: - Genuine but unusual packets

extension TestPeer {
    /// Protects plaintext of the test's making with this peer's keys and queues it to be sent.
    func injectRTP(_ packet: [UInt8]) {
        _ = session.transport.sendRTP(into: &outputs) { $0.append(contentsOf: packet) }
    }

    func injectRTCP(_ packets: [RTCPPacket]) {
        injectRTCP { for packet in packets { RTCP.append(packet, to: &$0) } }
    }

    func injectRTCP(_ write: (inout [UInt8]) -> Void) {
        _ = session.transport.sendRTCP(into: &outputs, write: write)
    }
}
