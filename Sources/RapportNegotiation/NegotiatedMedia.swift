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
    /// Packets that repair lost ones; nil unless both sides take them. Video only.
    public var repair: NegotiatedRepair?
    public var remoteStreamIDs: [String]
    public var remoteTrackID: String?

    /// By default without feedback, extensions or anything said of the other side's stream.
    public init(
        transceiver: TransceiverID, mid: MID, section: Int, kind: MediaKind, direction: TransceiverDirection,
        sendCodec: NegotiatedCodec, receiveCodecs: [NegotiatedCodec],
        extensions: HeaderExtensionMap = HeaderExtensionMap(),
        feedback: FeedbackSet = [], usesReducedSizeRTCP: Bool = true, sendSSRC: SSRC,
        sendRetransmissionSSRC: SSRC? = nil, remoteSSRC: SSRC? = nil, remoteRetransmissionSSRC: SSRC? = nil,
        repair: NegotiatedRepair? = nil, remoteStreamIDs: [String] = [], remoteTrackID: String? = nil
    ) {
        self.transceiver = transceiver
        self.mid = mid
        self.section = section
        self.kind = kind
        self.direction = direction
        self.sendCodec = sendCodec
        self.receiveCodecs = receiveCodecs
        self.extensions = extensions
        self.feedback = feedback
        self.usesReducedSizeRTCP = usesReducedSizeRTCP
        self.sendSSRC = sendSSRC
        self.sendRetransmissionSSRC = sendRetransmissionSSRC
        self.remoteSSRC = remoteSSRC
        self.remoteRetransmissionSSRC = remoteRetransmissionSSRC
        self.repair = repair
        self.remoteStreamIDs = remoteStreamIDs
        self.remoteTrackID = remoteTrackID
    }
}
