public import RapportBase

/// One media description: an `m=` line and what follows it. RFC 8866 section 5.14; RFC 9429 section 5.2.1.
public struct MediaDescription: Sendable, Equatable {
    /// The media field of the line.
    public enum Kind: Hashable, Sendable {
        case media(MediaKind)
        case application
        case other(String)

        /// The field as it stands in the line.
        public var serialized: String {
            switch self {
            case .media(let kind): kind.rawValue
            case .application: "application"
            case .other(let text): text
            }
        }
    }

    public var kind: Kind
    /// 9 while addresses are not known, 0 when refused (or bundled only).
    public var port: UInt16
    public var transportProtocol: TransportProtocol
    /// The formats of the line, in order of preference; payload types when the protocol carries RTP.
    public private(set) var formats: [String]
    /// The RTP formats that are described, in the order of `formats`.
    public private(set) var codecs: [RTPCodec]
    /// Feedback that holds for every format, `a=rtcp-fb:*`.
    public var commonFeedback: [RTCPFeedback] = []
    public var connection: NetworkAddress?
    public var bandwidths: [Bandwidth] = []

    public var mid: MID?
    public var direction: MediaDirection?
    public var transport = TransportDescription()
    public var candidates: [ICECandidate] = []
    public var hasEndOfCandidates = false
    /// The value of `a=rtcp`. RFC 3605.
    public var rtcpAddress: RTCPAddress?
    public var multiplexesRTCP = false
    public var multiplexesRTCPOnly = false
    public var usesReducedSizeRTCP = false
    /// Takes part only if bundled: port 0 does not mean refused. RFC 9143 section 6.
    public var isBundleOnly = false

    public var extensions: [HeaderExtensionMapping] = []
    public var allowsMixedExtensions = false
    public var streams: [MediaStreamIdentification] = []
    public var sources: [MediaSource] = []
    public var sourceGroups: [MediaSourceGroup] = []
    /// Values of `a=rid`, kept as text. RFC 8851.
    public var restrictions: [String] = []
    /// Value of `a=simulcast`, kept as text. RFC 8853.
    public var simulcast: String?
    public var sctpPort: UInt16?
    /// Bytes; 0 means any size. RFC 8841 section 6.
    public var maximumMessageSize: UInt64?
    /// Attributes that are not read, in the order they stood.
    public var otherAttributes: [SDPAttribute] = []

    /// A media description with formats that are only named.
    public init(kind: Kind, port: UInt16, transportProtocol: TransportProtocol, formats: [String]) {
        self.kind = kind
        self.port = port
        self.transportProtocol = transportProtocol
        self.formats = formats
        codecs = []
    }

    /// A media description of RTP.
    public init(kind: MediaKind, port: UInt16 = 9, codecs: [RTPCodec]) {
        self.init(kind: .media(kind), port: port, transportProtocol: .secureRTP, formats: [])
        set(codecs: codecs)
    }

    /// Describes the formats, and names them in the same order.
    public mutating func set(codecs: [RTPCodec]) {
        formats = codecs.map { String($0.payloadType.rawValue) }
        self.codecs = codecs
    }

    /// Describes formats that are named already.
    mutating func describe(_ codecs: [RTPCodec]) { self.codecs = codecs }

    /// Audio or video; nil for anything else.
    public var mediaKind: MediaKind? {
        if case .media(let kind) = kind { kind } else { nil }
    }

    /// Refused by an answer or switched off by an offer: port 0. RFC 3264 section 6; RFC 9143 section 7.2.1.
    public var isRejected: Bool { port == 0 && !isBundleOnly }

    /// The `rtx` format that repeats packets of `payloadType`. RFC 4588 section 8.1.
    public func retransmission(of payloadType: PayloadType) -> RTPCodec? {
        codecs.first { $0.associatedPayloadType == payloadType }
    }

    /// The `red` format whose blocks are all of `payloadType`, with the same clock and channels. RFC 2198 section 5.
    public func redundancy(of payloadType: PayloadType) -> RTPCodec? {
        guard let primary = codecs.first(where: { $0.payloadType == payloadType }) else { return nil }
        return codecs.first {
            $0.redundantPayloadType == payloadType
                && $0.isEncoding("red", clockRate: primary.clockRate, channels: primary.channels)
        }
    }

    /// The format of packets that repair lost ones: FlexFEC under the name that browsers give it.
    public var repair: RTPCodec? {
        codecs.first { $0.isEncoding(RTPCodec.flexFEC, clockRate: 90_000) }
    }

    /// The feedback of one format, with what holds for every format.
    public func feedback(of codec: RTPCodec) -> [RTCPFeedback] {
        codec.feedback + commonFeedback.filter { !codec.feedback.contains($0) }
    }
}
