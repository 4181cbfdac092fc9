public import RapportBase
public import RapportMedia
import RapportDTLS
import RapportRTP

/// A snapshot of everything a session counts.
public struct SessionStatistics: Sendable {
    public var senders: [SenderStatistics] = []
    public var receivers: [ReceiverStatistics] = []
    public var transport = TransportCounters()
    public var refusals = RefusalCounters()
    public var secureTransport = SecureTransportState.new
    public var isDTLSClient: Bool?
    public var profile: SRTPProfile?
    public var roundTrip: Duration?
    public var targetBitrate: Bitrate = .zero
    public var transportFeedbackReceived = 0
    public var data = DataCounters()
}

/// One outgoing stream.
public struct SenderStatistics: Sendable {
    public var mid: MID
    public var kind: MediaKind
    public var ssrc: SSRC
    public var payloadType: PayloadType
    public var sent: SendCounters
    public var remote: RemoteReceiverReports
}

/// One incoming stream.
public struct ReceiverStatistics: Sendable {
    public var mid: MID
    public var kind: MediaKind
    public var ssrc: SSRC
    public var payloadType: PayloadType
    public var received: ReceiveStatistics.Counters
    public var packetsLost: Int
    public var jitter: Duration
    public var remote: RemoteSenderReports
    public var media: ReceivedMedia

    public enum ReceivedMedia: Sendable {
        case audio(AudioJitterBuffer.Statistics)
        case video(ReceivedVideo)
    }

    public struct ReceivedVideo: Sendable {
        public var frames: VideoFrameBuffer.Counters
        public var nacks: NACKTracker.Counters
        public var delays: VideoDelayCounters
        public var nackPackets: Int
        public var keyFrameRequests: Int
        public var retransmissionsReceived: Int
        public var repairs: RepairDecoder.Counters
    }
}

extension PeerSession {
    /// What was counted until now.
    public func statistics() -> SessionStatistics {
        var statistics = SessionStatistics()
        statistics.senders = streams.audioSenders.map(\.statistics) + streams.videoSenders.map(\.statistics)
        statistics.receivers = streams.audioReceivers.map(\.snapshot) + streams.videoReceivers.map(\.snapshot)
        statistics.transport = transportCounters
        statistics.refusals = refusals
        statistics.secureTransport = transport.state
        statistics.isDTLSClient = transport.role.map { $0 == .client }
        statistics.profile = transport.profile
        statistics.roundTrip = roundTrip.latest
        statistics.targetBitrate = rate.target
        statistics.transportFeedbackReceived = rate.feedbackReceived
        statistics.data = dataCounters
        return statistics
    }
}

extension AudioSendStream {
    var statistics: SenderStatistics {
        SenderStatistics(mid: mid, kind: .audio, ssrc: ssrc, payloadType: payloadType, sent: counters, remote: remote)
    }
}

extension VideoSendStream {
    var statistics: SenderStatistics {
        SenderStatistics(mid: mid, kind: .video, ssrc: ssrc, payloadType: payloadType, sent: counters, remote: remote)
    }
}

extension AudioReceiveStream {
    var snapshot: ReceiverStatistics {
        ReceiverStatistics(
            mid: mid, kind: .audio, ssrc: ssrc, payloadType: payloadType, received: statistics.counters,
            packetsLost: Int(statistics.packetsLost), jitter: statistics.jitterTime, remote: remote,
            media: .audio(buffer.statistics))
    }
}

extension VideoReceiveStream {
    var snapshot: ReceiverStatistics {
        ReceiverStatistics(
            mid: mid, kind: .video, ssrc: ssrc, payloadType: payloadType, received: statistics.counters,
            packetsLost: Int(statistics.packetsLost), jitter: statistics.jitterTime, remote: remote,
            media: .video(
                ReceiverStatistics.ReceivedVideo(
                    frames: bufferCounters, nacks: trackerCounters, delays: delays, nackPackets: nacksSent,
                    keyFrameRequests: keyFrameRequests, retransmissionsReceived: retransmissionsReceived,
                    repairs: repairCounters)))
    }
}
