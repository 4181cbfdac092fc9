import RapportBase
import RapportCodecs
package import RapportICE
import RapportMedia
import RapportNegotiation
import RapportSDP
import RapportSession

// Between the session, which is told and answers, and the world: ICE, timers, encoders and decoders.
extension PeerConnection {
    func handle(_ event: ICEEvent) {
        switch event {
        case .datagram(let bytes): drive(.datagram(bytes))
        case .candidate(let candidate): tell(.iceCandidate(gathered.add(candidate)))
        case .gatheringComplete:
            tell(.iceCandidate(gathered.end()))
            for change in states.move(gathering: .complete) { tell(change) }
        case .stateChanged(let state):
            for change in states.move(ice: state) { tell(change) }
            if state == .connected || state == .completed { drive(.transportWritable) }
        // What the socket did not take is lost like on the network; feedback makes up for it.
        case .selectedPair, .writable: break
        }
    }

    /// Hands an input to the session and does what it wants done.
    func drive(_ input: SessionInput) {
        session.handle(input, at: clock.now, into: &outputs)
        performOutputs()
    }

    func apply(_ negotiated: NegotiatedSession) {
        for section in negotiated.media { open(section) }
        session.apply(negotiated, at: clock.now, into: &outputs)
        // Known now, told by the session only after the handshake: the first picture is to have it.
        if states.secure == .new { share(session.targetBitrate) }
        performOutputs()
        activate()
    }

    private func performOutputs() {
        if !outputs.datagrams.isEmpty, let agent {
            outputs.withDatagrams { bytes, ranges in _ = agent.sendBatch(bytes, ranges: ranges) }
        }
        let events = outputs.takeEvents()
        outputs.removeAll()
        for event in events { perform(event) }
        backlog.update(session.sendQueueTime(at: clock.now))
        schedule()
    }

    // Moving a timer costs a system call, so it is moved only when it would fire too late.
    private func schedule() {
        guard let deadline = session.deadline, let wakeUp else { return }
        if let wakeUpAt, wakeUpAt <= deadline { return }
        wakeUpAt = deadline
        wakeUp.schedule(at: clock.executorTime(deadline))
    }

    private func perform(_ event: SessionEvent) {
        switch event {
        case .secureTransport(let state):
            for change in states.move(secure: state) { tell(change) }
            activate()
        case .video(let mid, let frame):
            if case .video(_, let receiver)? = item(mid) { receiver.post { $0.decode(frame) } }
        case .keyFrameRequested(let mid):
            if case .video(let sender, _)? = item(mid) { sender.post { $0.requestKeyFrame() } }
        case .targetBitrate(let rate): share(rate)
        case .temporalLayers(let mid, let layers):
            if case .video(let sender, _)? = item(mid) { sender.post { $0.setTemporalLayers(layers) } }
        case .mediaStarted(let mid):
            if let transceiver = transceiver(mid) { tell(.unmute(transceiver)) }
        // Data channels are not negotiated: nobody sends data, and nobody waits for it.
        case .applicationData, .dataRoom: break
        case .ended(let reason): ended(reason)
        }
    }

    private func ended(_ reason: SessionEnd) {
        switch reason {
        case .closedByPeer: tell(.closedByPeer)
        case .closedLocally, .handshakeFailed: break
        }
    }

    private func share(_ rate: Bitrate) {
        var senders: [VideoSendPipeline] = []
        var demands: [BitrateAllocation.VideoDemand] = []
        var (sounds, repeated) = (0, 0)
        for (id, item) in media where parameters[id]?.isActive ?? true {
            switch item {
            case .audio:
                sounds += 1
                if let mid = mid(of: id), session.repeatsSound(mid) { repeated += 1 }
            case .video(let sender, _):
                senders.append(sender)
                demands.append(.init(maximum: parameters[id]?.maxBitrate, isScreen: hints[id] == .text))
            }
        }
        let rates = BitrateAllocation.video(of: rate, sounds: max(sounds, 1), repeated: repeated, demands: demands)
        let limit = configuration.maximumBitrate - BitrateAllocation.soundReserve
        for (sender, rate) in zip(senders, rates) {
            let wanted = max(min(rate, limit), BitrateAllocation.leastVideo)
            sender.post { $0.setBitrate(wanted) }
        }
    }

    /// Bounds what the session sends.
    func limit(to share: Bitrate) {
        session.setLineShare(share, at: clock.now, into: &outputs)
        performOutputs()
    }

    // MARK: Transceivers' media

    /// Starts and stops the pipelines as the last answer says, once media can flow.
    func activate() {
        guard let negotiated = negotiation.session else { return }
        let isUp = states.secure == .connected
        for section in negotiated.media {
            switch media[section.transceiver] {
            case .audio(let pipeline):
                let isWanted = parameters[section.transceiver]?.isActive ?? true
                let (sends, receives) = (
                    isUp && section.direction.sends && isWanted, isUp && section.direction.receives
                )
                let takesStereo = OpusParameters(section.sendCodec.parameters).prefersStereo
                pipeline.post {
                    $0.setPeer(takesStereo: takesStereo)
                    $0.setDirections(sends: sends, receives: receives)
                }
            case .video(let sender, _):
                let isWanted = parameters[section.transceiver]?.isActive ?? true
                let sends = isUp && section.direction.sends && isWanted
                sender.post { $0.setActive(sends) }
            case nil: break
            }
        }
    }

    private func open(_ section: NegotiatedMedia) {
        guard (try? mediaItem(section.transceiver, section.kind)) != nil else { return }
        if section.direction.receives { tell(.track(RTPTransceiver(id: section.transceiver, kind: section.kind))) }
    }

    private func item(_ mid: MID) -> TransceiverMedia? { transceiver(mid).flatMap { media[$0.id] } }

    private func transceiver(_ mid: MID) -> RTPTransceiver? {
        negotiation.transceivers.first { $0.mid == mid }.map { RTPTransceiver(id: $0.id, kind: $0.kind) }
    }

    private func mid(of id: TransceiverID) -> MID? { negotiation.transceiver(id)?.mid }

    /// The pipelines of a transceiver, made when it is first used.
    func mediaItem(_ id: TransceiverID, _ kind: MediaKind) throws(PeerConnectionError) -> TransceiverMedia {
        if let item = media[id] { return item }
        do throws(CodecError) {
            let item: TransceiverMedia =
                switch kind {
                case .audio: .audio(try makeAudio(id))
                case .video: .video(makeSender(id), try makeReceiver(id))
                }
            media[id] = item
            return item
        } catch {
            throw .codec(error)
        }
    }

    private func makeAudio(_ id: TransceiverID) throws(CodecError) -> AudioPipeline {
        let port = AudioPort(
            send: { [weak self] packet in self?.post { $0.send(packet, of: id) } },
            pull: { [weak self] report in self?.post { $0.pull(id, report) } },
            askForLine: { [weak self] in self?.post { $0.tellLine(to: id) } })
        return try AudioPipeline(
            executor: MediaExecutors.audio, clock: clock, voice: configuration.voiceProcessing, port: port)
    }

    private func makeSender(_ id: TransceiverID) -> VideoSendPipeline {
        VideoSendPipeline(
            executor: MediaExecutors.encoding(), clock: clock,
            bitrate: configuration.startBitrate - BitrateAllocation.soundReserve,
            backlog: backlog, report: { [weak self] report in self?.post { $0.tell(report, of: id) } },
            send: { [weak self] frame in self?.post { $0.send(frame, of: id) } })
    }

    private func tell(_ report: VideoSendReport, of id: TransceiverID) {
        let transceiver = RTPTransceiver(id: id, kind: .video)
        switch report {
        case .suspended: tell(.videoSuspended(transceiver))
        case .resumed: tell(.videoResumed(transceiver))
        }
    }

    private func makeReceiver(_ id: TransceiverID) throws(CodecError) -> VideoReceivePipeline {
        try VideoReceivePipeline(executor: MediaExecutors.decoding(), clock: clock) { [weak self] in
            self?.post { $0.requestKeyFrame(id) }
        }
    }

    private func send(_ packet: EncodedAudio, of id: TransceiverID) {
        if let mid = mid(of: id) { drive(.audio(packet, mid)) }
    }

    private func send(_ frame: EncodedVideo, of id: TransceiverID) {
        if let mid = mid(of: id) { drive(.video(frame, mid)) }
    }

    private func pull(_ id: TransceiverID, _ report: PlayoutReport) {
        guard let mid = mid(of: id), case .audio(let pipeline)? = media[id] else { return }
        var payload: [UInt8] = []
        let answer = session.pullAudio(mid, at: clock.now, report, payload: &payload)
        pipeline.post { [payload] in $0.receive(answer, payload) }
    }

    /// Sound comes first: what the line carries is told whole.
    private func tellLine(to id: TransceiverID) {
        guard let mid = mid(of: id), case .audio(let pipeline)? = media[id] else { return }
        let (rate, lost) = (session.targetBitrate, session.soundLost(mid, at: clock.now))
        pipeline.post { $0.setLine(rate, lost: lost) }
    }

    private func requestKeyFrame(_ id: TransceiverID) {
        guard let mid = mid(of: id) else { return }
        session.requestKeyFrame(on: mid, at: clock.now, into: &outputs)
        performOutputs()
    }
}

/// The pipelines of one transceiver.
enum TransceiverMedia {
    case audio(AudioPipeline)
    case video(VideoSendPipeline, VideoReceivePipeline)

    func stop() async {
        switch self {
        case .audio(let pipeline): await pipeline.stop()
        case .video(let sender, let receiver):
            await sender.stop()
            await receiver.setSink(nil)
        }
    }
}

/// The threads on which media is coded: one for all sound, which must never wait for a picture, and one for each core
/// for pictures.
package enum MediaExecutors {
    package static let audio = GLibExecutor(name: "rapport-audio")
    private static let pictures = [GLibExecutor(name: "rapport-video-0"), GLibExecutor(name: "rapport-video-1")]

    static func encoding() -> GLibExecutor { pictures[0] }
    static func decoding() -> GLibExecutor { pictures[1] }
}
