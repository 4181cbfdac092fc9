import Foundation
import Rapport
import RapportBase
import RapportDevices
import RapportICE
import RapportMedia
import RapportSDP
import RapportSignaling

/// One person in a session: follows the server's messages, keeps a bridge to the other person, and reports.
actor Participant {
    struct Options: Sendable {
        var video: String
        var audio: String
        /// The microphone and the loudspeaker, where there are any.
        var devices: CallDevices?
        var name: String?
        var admitsEverybody: Bool
        var duration: Duration?
        var connection: PeerConnectionConfiguration
        /// What earlier calls left; nil for a call that begins and ends without.
        var memories: PathMemoryStore?
        var expectedVideo: String?
        var expectedAudio: String?
        var jsonLines: Bool
    }

    private let options: Options
    private let link: InvitationLink
    private let pictures: PictureMeasure
    private let sound: SoundMeasure
    private let began = ContinuousClock.now
    private var marks = SetupMarks()
    private var client: SignalingClient?
    private var socket: SignalingSocket?
    private var iceServers: [ICEServer] = []
    private var policy = Rapport.ICETransportPolicy.all
    private var call: Call?
    private var waitingPeers: [PeerID] = []
    private var isMuted = false
    private var memories: PathMemoryStore?
    private var part: Part?
    private var names: [PeerID: DisplayName] = [:]
    private var outcome: Result<String, JoinError>?
    private var finish: CheckedContinuation<Void, Never>?

    private struct Call {
        var peer: PeerID
        var bridge: PeerBridge
        var tasks: [Task<Void, Never>] = []
        var last = StatisticsReport()
    }

    static func make(_ options: Options, link: InvitationLink) throws(MediaSourceError) -> Participant {
        // The sources are opened once here, so that a wrong name is told before anybody is kept waiting.
        _ = try MediaSources.audio(named: options.audio)
        _ = try MediaSources.video(named: options.video)
        return Participant(
            options, link, try PictureMeasure(clip: options.expectedVideo),
            try SoundMeasure(file: options.expectedAudio))
    }

    private init(_ options: Options, _ link: InvitationLink, _ pictures: PictureMeasure, _ sound: SoundMeasure) {
        self.options = options
        memories = options.memories
        self.link = link
        self.pictures = pictures
        self.sound = sound
    }

    /// Joins, stays until the session, the clock or the person ends it, and prints the summary.
    func run() async throws(JoinError) {
        let grant = try await link.grant()
        let socket = try await SignalingSocket.connect(to: link)
        self.socket = socket
        client = SignalingClient(credential: .grant(grant.grant), clientKind: "terminal")
        let reader = Task { await self.follow(socket.messages) }
        part = grant.part
        let admits = grant.part == .clinician && !options.admitsEverybody
        let keys = admits || options.devices != nil ? Task { await self.followKeys() } : nil
        let sound = options.devices.map { devices in Task { await devices.follow() } }
        await withCheckedContinuation { continuation in
            if outcome == nil { finish = continuation } else { continuation.resume() }
        }
        keys?.cancel()
        sound?.cancel()
        let summary = await endCall()
        await socket.close()
        await reader.value
        try conclude(summary)
    }

    private func conclude(_ summary: CallSummary?) throws(JoinError) {
        if let summary { print(.summary, summary: summary) }
        switch outcome {
        case .failure(let error): throw error
        case .success(let reason):
            print(.ended, reason: reason)
            if !options.jsonLines { Terminal.note("The call has ended (\(reason)).") }
        case nil: break
        }
    }

    /// Leaves politely.
    func leave() { end(.success("left")) }

    private func end(_ outcome: Result<String, JoinError>) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if case .success("left") = outcome { socket?.send(.leave) }
        finish?.resume()
        finish = nil
    }

    // MARK: Signalling

    private func follow(_ messages: AsyncStream<ServerMessage>) async {
        for await message in messages {
            for action in client?.received(message) ?? [] { await perform(action) }
        }
        end(.failure(.serverUnreachable))
    }

    private func perform(_ action: SignalingClient.Action) async {
        switch action {
        case .send(let message): socket?.send(message)
        case .joined(let hello): joined(hello)
        case .waiting: tell(.waiting, "Waiting to be let in.")
        case .admitted: admitted()
        case .declined: end(.failure(.declined))
        case .knock(let knock): knocked(knock)
        case .connect(let peer, let polite): await connect(peer, polite: polite)
        case .disconnect(let peer, let reason): disconnected(peer, reason)
        case .receive(let payload, let peer): await receive(payload, from: peer)
        case .media: break
        case .ended(let reason): end(.success(reason.rawValue))
        case .failed(let report): failed(report)
        }
    }

    private func joined(_ hello: ServerMessage.HelloOK) {
        marks.greeted = .now
        iceServers = hello.iceServers.compactMap { entry in
            try? ICEServer(urls: entry.urls, username: entry.username ?? "", credential: entry.credential ?? "")
        }
        policy = hello.iceTransportPolicy == .relay ? .relay : .all
        print(.joined, part: hello.part.rawValue)
        if !options.jsonLines { Terminal.note("Joined as the \(hello.part.rawValue).") }
        let hasSound = options.audio != "none" || options.devices?.hasMicrophone == true
        let devices = MediaState(audio: hasSound, video: options.video != "none")
        socket?.send(.ready(.init(name: options.name.flatMap { DisplayName($0) }, devices: devices)))
        marks.ready = .now
    }

    private func admitted() {
        marks.admitted = .now
        tell(.admitted, "Let in.")
    }

    private func knocked(_ knock: ServerMessage.Knock) {
        print(.knock)
        names[knock.peer] = knock.name
        if options.admitsEverybody {
            socket?.send(.admit(knock.peer))
        } else {
            waitingPeers.append(knock.peer)
            Terminal.note("\(knock.name?.text ?? "Somebody") waits. Press a and Enter to admit, d to decline.")
        }
    }

    private func followKeys() async {
        for await line in KeyLines.lines() {
            if line == "m", let device = options.devices?.device { await toggleMute(device) }
            guard let peer = waitingPeers.first, line == "a" || line == "d" else { continue }
            waitingPeers.removeFirst()
            socket?.send(line == "a" ? .admit(peer) : .decline(peer))
        }
    }

    private func toggleMute(_ device: AudioDevice) async {
        isMuted.toggle()
        await device.setMuted(isMuted)
        Terminal.note(isMuted ? "The microphone is muted. Press m and Enter to speak." : "The microphone is on.")
    }

    private func failed(_ report: ServerMessage.ErrorReport) {
        guard marks.greeted == nil else { return Terminal.note("The server says: \(report.message)") }
        end(.failure(.refused(code: report.code)))
    }

    // MARK: The call

    private func connect(_ peer: PeerID, polite: Bool) async {
        guard call == nil, let socket else { return }
        marks.connecting = .now
        let memory = memories?.memory(of: link, pair: pair(with: peer))
        tell(.connecting, "Connecting.", rememberedKbps: memory?.rate.kilobits)
        do {
            var configuration = options.connection
            configuration.iceServers += iceServers
            configuration.iceTransportPolicy = policy
            configuration.pathMemory = memory
            let bridge = try await PeerBridge(
                configuration: configuration, isPolite: polite, channel: SessionChannel(socket: socket, peer: peer))
            call = Call(peer: peer, bridge: bridge)
            try await attachTracks(to: bridge)
            await bridge.start(waitsForOffer: true)
            call?.tasks = [Task { await self.follow(bridge) }, Task { await self.reportEachSecond(bridge) }]
        } catch {
            end(.failure(.connectionFailed))
        }
    }

    private func pair(with peer: PeerID) -> PairIdentity? {
        part.flatMap { PairIdentity(link, part: $0, own: options.name, other: names[peer]) }
    }

    private func attachTracks(to bridge: PeerBridge) async throws {
        if let devices = options.devices, devices.hasMicrophone {
            try await bridge.connection.addTrack(.audio(devices.device.makeSource()))
        } else if let source = try MediaSources.audio(named: options.audio) {
            try await bridge.connection.addTrack(.audio(source))
        } else {
            try await bridge.connection.addTransceiver(.audio, direction: .recvonly)
        }
        if let source = try MediaSources.video(named: options.video) {
            try await bridge.connection.addTrack(.video(source))
        } else {
            try await bridge.connection.addTransceiver(.video, direction: .recvonly)
        }
    }

    private func follow(_ bridge: PeerBridge) async {
        for await event in bridge.events {
            switch event {
            case .track(let transceiver): await attachSink(to: transceiver, of: bridge)
            case .iceConnectionStateChanged(.connected), .iceConnectionStateChanged(.completed):
                if marks.iceConnected == nil { marks.iceConnected = .now }
            case .connectionStateChanged(let state): await moved(to: state)
            case .videoSuspended: Terminal.note("The line is too weak for pictures: sound goes on without them.")
            case .videoResumed: Terminal.note("The line carries pictures again.")
            case .closedByPeer: end(.success("closed by the other side"))
            default: break
            }
        }
    }

    private func attachSink(to transceiver: RTPTransceiver, of bridge: PeerBridge) async {
        switch transceiver.kind {
        case .audio:
            guard let devices = options.devices, devices.hasSpeaker else {
                try? await bridge.connection.setSink(sound, of: transceiver)
                return
            }
            let heard = HeardSound(measure: sound, speaker: await devices.device.makeSink())
            try? await bridge.connection.setSink(heard, of: transceiver)
        case .video: try? await bridge.connection.setSink(pictures, of: transceiver)
        }
    }

    private func moved(to state: PeerConnectionState) async {
        switch state {
        case .connected:
            guard marks.connected == nil, let call else { return }
            marks.connected = .now
            socket?.send(.link(.init(peer: call.peer, state: .connected)))
            let target = await call.bridge.connection.statistics().outbound(.video)?.targetBitrate
            tell(
                .connected, "Connected, peer to peer and encrypted. Nothing is recorded.",
                targetKbps: target.map { $0 / 1000 })
            if let duration = options.duration { leaveAfter(duration) }
        case .failed: end(.failure(.connectionFailed))
        case .new, .connecting, .disconnected, .closed: break
        }
    }

    private func leaveAfter(_ duration: Duration) {
        Task {
            try? await Task.sleep(for: duration)
            leave()
        }
    }

    private func disconnected(_ peer: PeerID, _ reason: ServerMessage.PeerLeft.Reason) {
        waitingPeers.removeAll { $0 == peer }
        if call?.peer == peer { end(.success("the other side \(reason.rawValue)")) }
    }

    private func receive(_ payload: SignalPayload, from peer: PeerID) async {
        guard let call, call.peer == peer, let message = BridgeMessage(payload) else { return }
        await call.bridge.receive(message)
    }

    private func endCall() async -> CallSummary? {
        guard let call else { return nil }
        for task in call.tasks.dropFirst() { task.cancel() }
        let report = await call.bridge.connection.statistics()
        let memory = await call.bridge.connection.pathMemory
        await call.bridge.close()
        self.call = nil
        guard let connected = marks.connected else { return nil }
        if let memory { memories?.keep(memory, of: link, pair: pair(with: call.peer)) }
        return CallSummary(
            report: report, seconds: (.now - connected).inSeconds, setup: marks.times(from: began, pictures, sound),
            pictures: pictures.result, sound: sound.result)
    }

    // MARK: Telling

    private func reportEachSecond(_ bridge: PeerBridge) async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            next += .seconds(1)
            guard (try? await clock.sleep(until: next)) != nil else { return }
            let report = await bridge.connection.statistics()
            var live = LiveStatistics(report, since: call?.last ?? StatisticsReport(), peak: sound.takePeak())
            if let devices = options.devices { live.add(await devices.device.statistics()) }
            call?.last = report
            if marks.connected != nil { tell(live) }
        }
    }

    private func tell(_ live: LiveStatistics) {
        if options.jsonLines { return print(.stats, stats: live) }
        Terminal.write(live.line + "\n")
    }

    private func tell(
        _ kind: ParticipantEvent.Kind, _ sentence: String, rememberedKbps: Double? = nil, targetKbps: Double? = nil
    ) {
        print(kind, rememberedKbps: rememberedKbps, targetKbps: targetKbps)
        if !options.jsonLines { Terminal.note(sentence) }
    }

    private func print(
        _ kind: ParticipantEvent.Kind, part: String? = nil, reason: String? = nil, rememberedKbps: Double? = nil,
        targetKbps: Double? = nil, stats: LiveStatistics? = nil, summary: CallSummary? = nil
    ) {
        guard options.jsonLines else {
            if let summary { Terminal.write(summary.text) }
            return
        }
        Terminal.line(
            ParticipantEvent(
                event: kind, ms: (ContinuousClock.now - began).inMilliseconds, part: part, reason: reason,
                rememberedKbps: rememberedKbps, targetKbps: targetKbps, stats: stats, summary: summary))
    }
}

/// When each step of joining was reached.
struct SetupMarks: Sendable {
    typealias Instant = ContinuousClock.Instant
    var greeted: Instant?
    var ready: Instant?
    var admitted: Instant?
    var connecting: Instant?
    var iceConnected: Instant?
    var connected: Instant?

    func times(from began: Instant, _ pictures: PictureMeasure, _ sound: SoundMeasure) -> SetupTimes {
        func between(_ a: Instant?, _ b: Instant?) -> Double? {
            guard let a, let b else { return nil }
            return (b - a).inMilliseconds
        }
        return SetupTimes(
            signaling: between(began, greeted), waiting: between(ready, admitted),
            ice: between(connecting, iceConnected), dtls: between(iceConnected, connected),
            firstFrame: between(connected, pictures.firstFrame), firstSound: between(connected, sound.firstSound),
            connected: between(connecting, connected))
    }
}

/// A bridge's messages as `signal` messages of the session.
struct SessionChannel: SignalingChannel {
    let socket: SignalingSocket
    let peer: PeerID

    func send(_ message: BridgeMessage) async { socket.send(.signal(to: peer, SignalPayload(message))) }
}

extension SignalPayload {
    init(_ message: BridgeMessage) {
        switch message {
        case .offer(let sdp): self = .description(.init(type: .offer, sdp: sdp))
        case .answer(let sdp): self = .description(.init(type: .answer, sdp: sdp))
        case .candidate(let local):
            self = .candidate(
                .init(
                    candidate: local.candidate?.serialized ?? "", sdpMid: local.sdpMid,
                    sdpMLineIndex: UInt16(clamping: local.sdpMLineIndex)))
        case .endOfCandidates: self = .endOfCandidates
        }
    }
}

extension BridgeMessage {
    /// Nil for what no bridge sends, and for a candidate that does not parse.
    init?(_ payload: SignalPayload) {
        switch payload {
        case .description(let description):
            switch description.type {
            case .offer: self = .offer(sdp: description.sdp)
            case .answer: self = .answer(sdp: description.sdp)
            case .pranswer, .rollback: return nil
            }
        case .candidate(let candidate):
            let mid = candidate.sdpMid ?? "0"
            let index = Int(candidate.sdpMLineIndex ?? 0)
            if candidate.candidate.isEmpty {
                self = .endOfCandidates(sdpMid: mid, sdpMLineIndex: index)
                return
            }
            guard let parsed = try? ICECandidate(parsing: candidate.candidate) else { return nil }
            self = .candidate(LocalCandidate(candidate: parsed, sdpMid: mid, sdpMLineIndex: index))
        case .endOfCandidates: self = .endOfCandidates(sdpMid: "0", sdpMLineIndex: 0)
        }
    }
}

/// Lines typed by the person, when there is a person.
enum KeyLines {
    static func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(16))
        guard isatty(0) != 0 else {
            continuation.finish()
            return stream
        }
        let thread = Thread {
            while let line = readLine(strippingNewline: true) { continuation.yield(line) }
            continuation.finish()
        }
        thread.start()
        return stream
    }
}
