public import RapportBase

/// What a peer connection measured, as the objects of W3C webrtc-stats, with its member names and units.
///
/// Times are in seconds and timestamps in milliseconds, as the W3C writes them. A member that this engine
/// cannot know is nil and is left out when encoded.
public struct StatisticsReport: Sendable {
    public var entries: [StatisticsEntry]

    public init(entries: [StatisticsEntry] = []) { self.entries = entries }

    /// The entries of one kind, for instance `report.inbound(.video)`.
    public func inbound(_ kind: MediaKind) -> InboundRTPStatistics? {
        for case .inboundRTP(let stats) in entries where stats.kind == kind.rawValue { return stats }
        return nil
    }

    public func outbound(_ kind: MediaKind) -> OutboundRTPStatistics? {
        for case .outboundRTP(let stats) in entries where stats.kind == kind.rawValue { return stats }
        return nil
    }

    public func remoteInbound(_ kind: MediaKind) -> RemoteInboundRTPStatistics? {
        for case .remoteInboundRTP(let stats) in entries where stats.kind == kind.rawValue { return stats }
        return nil
    }

    /// The selected candidate pair.
    public var candidatePair: CandidatePairStatistics? {
        for case .candidatePair(let stats) in entries where stats.nominated { return stats }
        return nil
    }

    public var transport: TransportStatistics? {
        for case .transport(let stats) in entries { return stats }
        return nil
    }
}

/// One object of the report. W3C webrtc-stats section 6.
public enum StatisticsEntry: Sendable, Encodable {
    case codec(CodecStatistics)
    case inboundRTP(InboundRTPStatistics)
    case outboundRTP(OutboundRTPStatistics)
    case remoteInboundRTP(RemoteInboundRTPStatistics)
    case remoteOutboundRTP(RemoteOutboundRTPStatistics)
    case transport(TransportStatistics)
    case candidatePair(CandidatePairStatistics)
    case candidate(CandidateStatistics)
    case peerConnection(PeerConnectionStatistics)

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .codec(let stats): try stats.encode(to: encoder)
        case .inboundRTP(let stats): try stats.encode(to: encoder)
        case .outboundRTP(let stats): try stats.encode(to: encoder)
        case .remoteInboundRTP(let stats): try stats.encode(to: encoder)
        case .remoteOutboundRTP(let stats): try stats.encode(to: encoder)
        case .transport(let stats): try stats.encode(to: encoder)
        case .candidatePair(let stats): try stats.encode(to: encoder)
        case .candidate(let stats): try stats.encode(to: encoder)
        case .peerConnection(let stats): try stats.encode(to: encoder)
        }
    }
}

/// W3C webrtc-stats: RTCCodecStats.
public struct CodecStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "codec"
    public var payloadType: UInt8
    public var transportId: String
    public var mimeType: String
    public var clockRate: Int
    public var channels: Int?
    public var sdpFmtpLine: String?
}

/// W3C webrtc-stats: RTCInboundRtpStreamStats (and RTCReceivedRtpStreamStats).
public struct InboundRTPStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "inbound-rtp"
    public var ssrc: UInt32
    public var kind: String
    public var mid: String
    public var transportId: String
    public var codecId: String?
    public var packetsReceived: Int = 0
    public var packetsLost: Int = 0
    public var jitter: Double = 0
    public var bytesReceived: Int = 0
    public var headerBytesReceived: Int = 0
    public var packetsDiscarded: Int = 0
    public var retransmittedPacketsReceived: Int?
    public var fecPacketsReceived: Int?
    /// Packets of sound that came as copies within later ones; not in the standard. RFC 2198.
    public var rapportRedundantPacketsReceived: Int?
    public var fecBytesReceived: Int?
    public var fecPacketsDiscarded: Int?
    /// Packets that came back by repair packets; not of webrtc-stats.
    public var rapportRepairedPackets: Int?
    public var jitterBufferDelay: Double = 0
    public var jitterBufferTargetDelay: Double = 0
    public var jitterBufferEmittedCount: Int = 0
    public var lastPacketReceivedTimestamp: Double?
    // Video.
    public var framesReceived: Int?
    public var framesDecoded: Int?
    public var keyFramesDecoded: Int?
    public var framesDropped: Int?
    public var framesPerSecond: Double?
    public var frameWidth: Int?
    public var frameHeight: Int?
    public var totalDecodeTime: Double?
    public var nackCount: Int?
    public var pliCount: Int?
    public var firCount: Int?
    public var freezeCount: Int?
    public var totalFreezesDuration: Double?
    // Audio.
    public var totalSamplesReceived: Int?
    public var concealedSamples: Int?
    public var silentConcealedSamples: Int?
    public var concealmentEvents: Int?
    public var insertedSamplesForDeceleration: Int?
    public var removedSamplesForAcceleration: Int?
    public var audioLevel: Double?
}

/// W3C webrtc-stats: RTCOutboundRtpStreamStats (and RTCSentRtpStreamStats).
public struct OutboundRTPStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "outbound-rtp"
    public var ssrc: UInt32
    public var kind: String
    public var mid: String
    public var transportId: String
    public var codecId: String?
    public var remoteId: String?
    public var packetsSent: Int = 0
    public var bytesSent: Int = 0
    public var headerBytesSent: Int = 0
    public var retransmittedPacketsSent: Int = 0
    public var retransmittedBytesSent: Int = 0
    /// Packets that repair lost ones, and their bytes, which are in no other figure; the stream's counterparts of
    /// fecPacketsReceived and fecBytesReceived.
    public var fecPacketsSent: Int?
    public var fecBytesSent: Int?
    public var targetBitrate: Double?
    /// `none`, `cpu` or `bandwidth`.
    public var qualityLimitationReason: String?
    public var qualityLimitationResolutionChanges: Int?
    /// The state of the echo canceller in words; not of webrtc-stats.
    public var rapportEcho: String?
    public var nackCount: Int?
    // Video.
    public var framesEncoded: Int?
    public var framesSent: Int?
    public var keyFramesEncoded: Int?
    public var hugeFramesSent: Int?
    public var framesPerSecond: Double?
    public var frameWidth: Int?
    public var frameHeight: Int?
    public var totalEncodeTime: Double?
    public var totalEncodedBytesTarget: Int?
    public var totalPacketSendDelay: Double?
    public var pliCount: Int?
    public var firCount: Int?
    public var qpSum: Int?
    public var encoderImplementation: String?
}

/// W3C webrtc-stats: RTCRemoteInboundRtpStreamStats, from the peer's receiver reports.
public struct RemoteInboundRTPStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "remote-inbound-rtp"
    public var ssrc: UInt32
    public var kind: String
    public var transportId: String
    public var localId: String
    public var packetsLost: Int = 0
    public var fractionLost: Double = 0
    public var jitter: Double = 0
    public var roundTripTime: Double?
    public var totalRoundTripTime: Double = 0
    public var roundTripTimeMeasurements: Int = 0
}

/// W3C webrtc-stats: RTCRemoteOutboundRtpStreamStats, from the peer's sender reports.
public struct RemoteOutboundRTPStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "remote-outbound-rtp"
    public var ssrc: UInt32
    public var kind: String
    public var transportId: String
    public var localId: String
    public var packetsSent: Int = 0
    public var bytesSent: Int = 0
    public var reportsSent: Int = 0
    /// NTP time of the last report in milliseconds since 1970.
    public var remoteTimestamp: Double?
}

/// W3C webrtc-stats: RTCTransportStats.
public struct TransportStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "transport"
    public var packetsSent: Int = 0
    public var packetsReceived: Int = 0
    public var bytesSent: Int = 0
    public var bytesReceived: Int = 0
    public var iceRole: String
    public var iceState: String
    public var dtlsState: String
    public var dtlsRole: String?
    public var srtpCipher: String?
    public var tlsVersion: String?
    public var dtlsCipher: String?
    public var selectedCandidatePairId: String?
    public var selectedCandidatePairChanges: Int = 0
}

/// W3C webrtc-stats: RTCIceCandidatePairStats. Only the selected pair is known here.
public struct CandidatePairStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "candidate-pair"
    public var transportId: String
    public var localCandidateId: String
    public var remoteCandidateId: String
    public var state = "succeeded"
    public var nominated = true
    public var packetsSent: Int = 0
    public var packetsReceived: Int = 0
    public var bytesSent: Int = 0
    public var bytesReceived: Int = 0
    public var currentRoundTripTime: Double?
    public var availableOutgoingBitrate: Double?
}

/// W3C webrtc-stats: RTCIceCandidateStats. Addresses are the caller's own affair: do not log them.
public struct CandidateStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    /// `local-candidate` or `remote-candidate`.
    public var type: String
    public var transportId: String
    public var address: String
    public var port: UInt16
    public var `protocol`: String
    public var candidateType: String
    public var priority: UInt32
}

/// W3C webrtc-stats: RTCPeerConnectionStats, with what this engine counts beside it.
public struct PeerConnectionStatistics: Sendable, Encodable {
    public var id: String
    public var timestamp: Double
    public var type = "peer-connection"
    public var dataChannelsOpened = 0
    public var dataChannelsClosed = 0
    /// Incoming datagrams that were refused, by reason. Not part of the W3C's list.
    public var rapportDrops: [String: Int] = [:]
}
