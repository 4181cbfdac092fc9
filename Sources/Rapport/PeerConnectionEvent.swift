public import RapportBase
public import RapportNegotiation

/// What a peer connection tells, in order, by its `events`. W3C webrtc-pc section 4.4.
public enum PeerConnectionEvent: Sendable {
    case negotiationNeeded
    case iceCandidate(LocalCandidate)
    case iceGatheringStateChanged(ICEGatheringState)
    case iceConnectionStateChanged(ICEConnectionStateName)
    case signalingStateChanged(SignalingState)
    case connectionStateChanged(PeerConnectionState)
    case secureTransportStateChanged(SecureTransportStateName)
    /// The peer will send media on this transceiver, or stopped doing so.
    case track(RTPTransceiver)
    /// The first packet of the transceiver's media arrived.
    case unmute(RTPTransceiver)
    /// The line carries sound alone for now: the transceiver's pictures are not sent, and the peer keeps the last one.
    case videoSuspended(RTPTransceiver)
    /// Pictures are sent again.
    case videoResumed(RTPTransceiver)
    /// The peer hung up (DTLS close_notify).
    case closedByPeer
}

/// A candidate as it goes through the signalling channel; without one it is the end of candidates. W3C RTCIceCandidate.
public struct LocalCandidate: Sendable, Hashable {
    public var candidate: ICECandidate?
    public var sdpMid: String
    public var sdpMLineIndex: Int

    public init(candidate: ICECandidate?, sdpMid: String, sdpMLineIndex: Int) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
    }
}

/// W3C webrtc-pc section 4.3.3.
public enum PeerConnectionState: String, Sendable {
    case new, connecting, connected, disconnected, failed, closed
}

/// W3C webrtc-pc section 4.3.2.
public enum ICEGatheringState: String, Sendable { case new, gathering, complete }

/// W3C webrtc-pc section 4.3.4 (RTCIceConnectionState).
public enum ICEConnectionStateName: String, Sendable {
    case new, checking, connected, completed, disconnected, failed, closed
}

/// W3C webrtc-pc section 5.5.1 (RTCDtlsTransportState).
public enum SecureTransportStateName: String, Sendable { case new, connecting, connected, closed, failed }

/// A description in SDP with its role in offer/answer. W3C RTCSessionDescription.
public struct Description: Sendable, Hashable {
    public enum Kind: String, Sendable { case offer, answer, rollback }

    public var kind: Kind
    public var sdp: String

    public init(kind: Kind, sdp: String) {
        self.kind = kind
        self.sdp = sdp
    }
}

/// Names a transceiver of a connection: one media section and what is sent and received on it. W3C RTCRtpTransceiver.
public struct RTPTransceiver: Sendable, Hashable {
    public let id: TransceiverID
    public let kind: MediaKind
}
