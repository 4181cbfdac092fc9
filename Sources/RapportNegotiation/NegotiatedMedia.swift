public import RapportBase
public import RapportRTP
public import RapportSDP

/// One media description that both sides take, seen from this side.
public struct NegotiatedMedia: Sendable, Equatable {
    public var transceiver: TransceiverID
    public var mid: MID
    /// Its place among the media descriptions.
    public var section: Int
    public var kind: MediaKind
    /// What flows, seen from this side.
    public var direction: TransceiverDirection
    /// How to send; numbers are the peer's.
    public var sendCodec: NegotiatedCodec
    /// What may come in; numbers are ours. Never empty.
    public var receiveCodecs: [NegotiatedCodec]
    public var extensions: HeaderExtensionMap
    public var feedback: FeedbackSet
    /// RTCP packets need not be compound. RFC 5506.
    public var usesReducedSizeRTCP: Bool

    public var sendSSRC: SSRC
    /// Nil without retransmissions.
    public var sendRetransmissionSSRC: SSRC?
    /// Said ahead by `a=ssrc`; nil when the first packet has to tell.
    public var remoteSSRC: SSRC?
    public var remoteRetransmissionSSRC: SSRC?
    public var remoteStreamIDs: [String]
    public var remoteTrackID: String?
}
