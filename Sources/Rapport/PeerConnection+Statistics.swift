import RapportBase
import RapportICE
import RapportMedia
import RapportNegotiation
import RapportSession

// The counters of every layer under the names of W3C webrtc-stats.
extension PeerConnection {
    /// What was measured until now. W3C webrtc-pc section 4.2.8, `getStats`.
    public func statistics() async -> StatisticsReport {
        let pipelines = await pipelineCounters()
        let session = self.session.statistics()
        var writer = StatisticsWriter(
            now: clock.unixMilliseconds(at: clock.now), negotiated: negotiation.session, pipelines: pipelines)
        writer.add(session: session, states: states, role: negotiation.session?.isOfferer ?? true)
        if let agent { writer.add(agent.selectedPair, session, agent.counters) }
        return StatisticsReport(entries: writer.entries)
    }

    private func pipelineCounters() async -> [TransceiverID: PipelineCounters] {
        var counters: [TransceiverID: PipelineCounters] = [:]
        for (id, item) in media {
            switch item {
            case .audio(let pipeline): counters[id] = .audio(await pipeline.statistics())
            case .video(let sender, let receiver):
                counters[id] = .video(await sender.statistics(), await receiver.statistics())
            }
        }
        return counters
    }
}

/// What a transceiver's encoders and decoders counted.
enum PipelineCounters: Sendable {
    case audio(AudioPipelineCounters)
    case video(VideoSendPipelineCounters, VideoReceivePipelineCounters)
}

/// Turns counters into webrtc-stats objects.
struct StatisticsWriter {
    private(set) var entries: [StatisticsEntry] = []
    private let now: Double
    private let negotiated: NegotiatedSession?
    private let pipelines: [TransceiverID: PipelineCounters]
    private static let transportID = "T01"

    init(now: Double, negotiated: NegotiatedSession?, pipelines: [TransceiverID: PipelineCounters]) {
        self.now = now
        self.negotiated = negotiated
        self.pipelines = pipelines
    }

    mutating func add(session: SessionStatistics, states: ConnectionStates, role isOfferer: Bool) {
        entries.append(
            .peerConnection(PeerConnectionStatistics(id: "P", timestamp: now, rapportDrops: session.refusals.byName)))
        addTransport(session, states, isOfferer)
        addCodecs()
        for stream in session.senders { add(stream, session) }
        for stream in session.receivers { add(stream) }
    }

    private mutating func addTransport(_ session: SessionStatistics, _ states: ConnectionStates, _ isOfferer: Bool) {
        var transport = TransportStatistics(
            id: Self.transportID, timestamp: now, iceRole: isOfferer ? "controlling" : "controlled",
            iceState: states.ice.rawValue, dtlsState: states.secure.rawValue)
        transport.packetsSent = session.transport.packetsSent
        transport.bytesSent = session.transport.bytesSent
        transport.packetsReceived = session.transport.packetsReceived
        transport.bytesReceived = session.transport.bytesReceived
        transport.dtlsRole = session.isDTLSClient.map { $0 ? "client" : "server" }
        transport.srtpCipher = session.profile.map(Self.name)
        entries.append(.transport(transport))
    }

    // The names of the IANA registry "DTLS-SRTP Protection Profiles".
    private static func name(_ profile: SRTPProfile) -> String {
        switch profile {
        case .aes128CMHMACSHA1_80: "SRTP_AES128_CM_HMAC_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        }
    }

    private mutating func addCodecs() {
        for section in negotiated?.media ?? [] {
            let isAudio = section.kind == .audio
            entries.append(
                .codec(
                    CodecStatistics(
                        id: Self.codecID(section), timestamp: now, payloadType: section.sendCodec.payloadType.rawValue,
                        transportId: Self.transportID, mimeType: isAudio ? "audio/opus" : "video/VP8",
                        clockRate: Int(section.sendCodec.clockRate), channels: isAudio ? 2 : nil)))
        }
    }

    private static func codecID(_ section: NegotiatedMedia) -> String {
        "C\(section.mid.rawValue)_\(section.sendCodec.payloadType.rawValue)"
    }

    private func section(_ mid: MID) -> NegotiatedMedia? { negotiated?.media.first { $0.mid == mid } }

    private func pipeline(_ mid: MID) -> PipelineCounters? { section(mid).flatMap { pipelines[$0.transceiver] } }

    // MARK: Sending

    private mutating func add(_ stream: SenderStatistics, _ session: SessionStatistics) {
        let id = "O\(stream.mid.rawValue)_\(stream.ssrc.rawValue)"
        var outbound = OutboundRTPStatistics(
            id: id, timestamp: now, ssrc: stream.ssrc.rawValue, kind: stream.kind.rawValue, mid: stream.mid.rawValue,
            transportId: Self.transportID)
        outbound.codecId = section(stream.mid).map(Self.codecID)
        outbound.remoteId = "R\(id)"
        outbound.packetsSent = stream.sent.packets
        outbound.bytesSent = stream.sent.payloadBytes
        outbound.headerBytesSent = stream.sent.headerBytes
        outbound.retransmittedPacketsSent = stream.sent.retransmittedPackets
        outbound.retransmittedBytesSent = stream.sent.retransmittedBytes
        outbound.nackCount = stream.sent.nacks
        outbound.totalPacketSendDelay = stream.sent.sendDelay.inSeconds
        if stream.kind == .video { Self.fill(&outbound, stream, pipeline(stream.mid)) }
        if case .audio(let audio)? = pipeline(stream.mid) { outbound.rapportEcho = audio.echo }
        entries.append(.outboundRTP(outbound))
        addRemoteInbound(stream, outboundID: id)
    }

    private static func fill(
        _ outbound: inout OutboundRTPStatistics, _ stream: SenderStatistics, _ pipeline: PipelineCounters?
    ) {
        outbound.framesSent = stream.sent.frames
        outbound.fecPacketsSent = stream.sent.repairPackets
        outbound.fecBytesSent = stream.sent.repairBytes
        outbound.pliCount = stream.sent.plis
        outbound.firCount = stream.sent.firs
        guard case .video(let sender, _)? = pipeline else { return }
        outbound.targetBitrate = Double(sender.bitrate.bitsPerSecond)
        outbound.framesEncoded = sender.encoded
        outbound.keyFramesEncoded = sender.keyFrames
        outbound.totalEncodeTime = sender.encodeTime.inSeconds
        outbound.frameWidth = sender.width
        outbound.frameHeight = sender.height
        outbound.qpSum = sender.quantizerSum
        outbound.qualityLimitationReason = sender.limitation.rawValue
        outbound.qualityLimitationResolutionChanges = sender.formatChanges
        outbound.encoderImplementation = "libvpx"
    }

    private mutating func addRemoteInbound(_ stream: SenderStatistics, outboundID: String) {
        guard stream.remote.reports > 0 else { return }
        var remote = RemoteInboundRTPStatistics(
            id: "R\(outboundID)", timestamp: now, ssrc: stream.ssrc.rawValue, kind: stream.kind.rawValue,
            transportId: Self.transportID, localId: outboundID)
        remote.packetsLost = stream.remote.packetsLost
        remote.fractionLost = stream.remote.fractionLost
        remote.jitter = Double(stream.remote.jitter) / (stream.kind == .audio ? 48_000 : 90_000)
        remote.roundTripTime = stream.remote.roundTripTime?.inSeconds
        remote.totalRoundTripTime = stream.remote.totalRoundTripTime.inSeconds
        remote.roundTripTimeMeasurements = stream.remote.roundTripTimeMeasurements
        entries.append(.remoteInboundRTP(remote))
    }

    // MARK: Receiving

    private mutating func add(_ stream: ReceiverStatistics) {
        let id = "I\(stream.mid.rawValue)_\(stream.ssrc.rawValue)"
        var inbound = InboundRTPStatistics(
            id: id, timestamp: now, ssrc: stream.ssrc.rawValue, kind: stream.kind.rawValue, mid: stream.mid.rawValue,
            transportId: Self.transportID)
        inbound.codecId = section(stream.mid).map(Self.codecID)
        inbound.packetsReceived = Int(stream.received.packetsReceived)
        inbound.bytesReceived = Int(stream.received.bytesReceived)
        inbound.headerBytesReceived = Int(stream.received.headerBytesReceived)
        inbound.packetsLost = stream.packetsLost
        inbound.jitter = stream.jitter.inSeconds
        switch stream.media {
        case .audio(let audio): Self.fill(&inbound, audio)
        case .video(let video): Self.fill(&inbound, video, pipeline(stream.mid))
        }
        entries.append(.inboundRTP(inbound))
        addRemoteOutbound(stream, inboundID: id)
    }

    private static func fill(_ inbound: inout InboundRTPStatistics, _ audio: AudioJitterBuffer.Statistics) {
        inbound.packetsDiscarded = Int(audio.packetsDiscarded)
        inbound.jitterBufferDelay = audio.jitterBufferDelay.inSeconds
        inbound.jitterBufferTargetDelay = audio.jitterBufferTargetDelay.inSeconds
        inbound.jitterBufferEmittedCount = Int(audio.jitterBufferEmittedCount)
        inbound.fecPacketsReceived = Int(audio.fecPacketsReceived)
        inbound.rapportRedundantPacketsReceived = Int(audio.redundantPacketsReceived)
        inbound.totalSamplesReceived = Int(audio.totalSamplesReceived)
        inbound.concealedSamples = Int(audio.concealedSamples)
        inbound.silentConcealedSamples = Int(audio.silentConcealedSamples)
        inbound.concealmentEvents = Int(audio.concealmentEvents)
        inbound.insertedSamplesForDeceleration = Int(audio.insertedSamplesForDeceleration)
        inbound.removedSamplesForAcceleration = Int(audio.removedSamplesForAcceleration)
    }

    private static func fill(
        _ inbound: inout InboundRTPStatistics, _ video: ReceiverStatistics.ReceivedVideo, _ pipeline: PipelineCounters?
    ) {
        inbound.framesReceived = Int(video.frames.framesReceived)
        inbound.retransmittedPacketsReceived = video.retransmissionsReceived
        inbound.fecPacketsReceived = Int(video.repairs.packetsReceived)
        inbound.fecBytesReceived = Int(video.repairs.bytesReceived)
        inbound.fecPacketsDiscarded = Int(video.repairs.packetsDiscarded)
        inbound.rapportRepairedPackets = Int(video.repairs.recovered)
        inbound.nackCount = video.nackPackets
        inbound.pliCount = video.keyFrameRequests
        inbound.jitterBufferDelay = video.delays.delay.inSeconds
        inbound.jitterBufferTargetDelay = video.delays.target.inSeconds
        inbound.jitterBufferEmittedCount = video.delays.emitted
        guard case .video(_, let receiver)? = pipeline else { return }
        inbound.framesDecoded = receiver.decoded
        inbound.keyFramesDecoded = receiver.keyFrames
        inbound.framesDropped = max(0, Int(video.frames.framesReceived) - receiver.decoded)
        inbound.totalDecodeTime = receiver.decodeTime.inSeconds
        inbound.frameWidth = receiver.width
        inbound.frameHeight = receiver.height
        inbound.freezeCount = receiver.freezes
        inbound.totalFreezesDuration = receiver.freezeTime.inSeconds
    }

    private mutating func addRemoteOutbound(_ stream: ReceiverStatistics, inboundID: String) {
        guard stream.remote.reports > 0 else { return }
        var remote = RemoteOutboundRTPStatistics(
            id: "R\(inboundID)", timestamp: now, ssrc: stream.ssrc.rawValue, kind: stream.kind.rawValue,
            transportId: Self.transportID, localId: inboundID)
        remote.packetsSent = Int(stream.remote.packets)
        remote.bytesSent = Int(stream.remote.octets)
        remote.reportsSent = stream.remote.reports
        remote.remoteTimestamp = stream.remote.ntp?.unixMilliseconds
        entries.append(.remoteOutboundRTP(remote))
    }

    // MARK: Path

    mutating func add(_ pair: ICECandidatePair?, _ session: SessionStatistics, _ counters: ICECounters) {
        guard let pair else { return }
        let (local, remote) = (
            "L\(pair.local.foundation)_\(pair.local.port)", "M\(pair.remote.foundation)_\(pair.remote.port)"
        )
        entries.append(.candidate(Self.candidate(pair.local, id: local, type: "local-candidate", now)))
        entries.append(.candidate(Self.candidate(pair.remote, id: remote, type: "remote-candidate", now)))
        var entry = CandidatePairStatistics(
            id: "CP\(local)_\(remote)", timestamp: now, transportId: Self.transportID, localCandidateId: local,
            remoteCandidateId: remote)
        entry.packetsSent = session.transport.packetsSent
        entry.bytesSent = session.transport.bytesSent
        entry.packetsReceived = session.transport.packetsReceived
        entry.bytesReceived = session.transport.bytesReceived
        // libnice tells no round trip of its checks: RTCP's stands in for it.
        entry.currentRoundTripTime = session.roundTrip?.inSeconds
        entry.availableOutgoingBitrate = Double(session.targetBitrate.bitsPerSecond)
        entries.append(.candidatePair(entry))
    }

    private static func candidate(
        _ candidate: ICECandidate, id: String, type: String, _ now: Double
    ) -> CandidateStatistics {
        CandidateStatistics(
            id: id, timestamp: now, type: type, transportId: transportID, address: candidate.address,
            port: candidate.port, protocol: candidate.transport.rawValue, candidateType: candidate.kind.rawValue,
            priority: candidate.priority)
    }
}

extension NTPTime {
    /// Milliseconds since 1970.
    var unixMilliseconds: Double {
        (Double(rawValue >> 32) - 2_208_988_800) * 1000 + Double(rawValue & 0xFFFF_FFFF) / 4_294_967_296 * 1000
    }
}

extension SessionClock {
    func unixMilliseconds(at time: Timestamp) -> Double {
        (wallClockAtStart + (time - .zero)).unixMilliseconds
    }
}
