public import RapportBase
public import RapportCodecs
public import RapportDTLS
public import RapportICE
public import RapportNegotiation
public import RapportSDP

/// Why a call on a peer connection was refused; it then changed nothing.
public enum PeerConnectionError: Error, Sendable, Hashable {
    /// The connection was closed before.
    case closed
    /// A text that is no session description.
    case sdp(SDPError)
    /// A description that does not fit the state or the other side's.
    case negotiation(NegotiationError)
    case candidate(ICECandidateError)
    case ice(ICEError)
    case dtls(DTLSError)
    case codec(CodecError)
    /// A candidate before any remote description. W3C webrtc-pc section 4.4.2: InvalidStateError.
    case noRemoteDescription
    /// The peer changed its ICE parameters: restarts are not supported yet.
    case iceRestartNotSupported
    /// Sound was given to a video transceiver, or pictures to an audio one.
    case wrongKind(MediaKind)
    /// A parameter of sending that is out of its range. W3C webrtc-pc section 5.2: RangeError.
    case invalidParameter(RTPSendParameters.Name)
    /// The transceiver is not, or no longer, one of this connection.
    case unknownTransceiver
}
