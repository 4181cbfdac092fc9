public import RapportBase
public import RapportSDP

/// What this side says of one codec: the numbers it would offer, its parameters and its feedback.
public struct CodecCapability: Hashable, Sendable {
    public var codec: MediaCodec
    /// Offered when it is free; the offerer's number is used in answers.
    public var payloadType: PayloadType
    /// Offered for retransmissions (RFC 4588); nil offers none.
    public var retransmissionPayloadType: PayloadType?
    /// Offered for copies of older packets within newer ones (RFC 2198); nil offers none.
    public var redundancyPayloadType: PayloadType?
    public var parameters: FormatParameters
    public var feedback: [RTCPFeedback]

    public init(
        codec: MediaCodec, payloadType: PayloadType, retransmissionPayloadType: PayloadType? = nil,
        redundancyPayloadType: PayloadType? = nil, parameters: FormatParameters = FormatParameters(),
        feedback: [RTCPFeedback]
    ) {
        self.codec = codec
        self.payloadType = payloadType
        self.retransmissionPayloadType = retransmissionPayloadType
        self.redundancyPayloadType = redundancyPayloadType
        self.parameters = parameters
        self.feedback = feedback
    }

    func describes(_ format: RTPCodec) -> Bool {
        format.isEncoding(codec.name, clockRate: codec.clockRate, channels: codec.channels)
    }

    /// The format with a number, and with the feedback that both sides know.
    func format(_ payloadType: PayloadType, feedback: [RTCPFeedback]) -> RTPCodec {
        RTPCodec(
            payloadType: payloadType, name: codec.name, clockRate: codec.clockRate, channels: codec.channels,
            parameters: parameters, feedback: feedback)
    }

    /// The format whose packets carry copies of older ones of `primary`. RFC 2198 section 5.
    func redundancyFormat(_ payloadType: PayloadType, of primary: PayloadType) -> RTPCodec {
        let list = FormatParameters.Entry(name: "\(primary.rawValue)/\(primary.rawValue)", value: nil)
        return RTPCodec(
            payloadType: payloadType, name: "red", clockRate: codec.clockRate, channels: codec.channels,
            parameters: FormatParameters(entries: [list]))
    }

    /// The format that repeats packets of `associated`. RFC 4588 section 8.6.
    func retransmissionFormat(_ payloadType: PayloadType, of associated: PayloadType) -> RTPCodec {
        RTPCodec(
            payloadType: payloadType, name: "rtx", clockRate: codec.clockRate,
            parameters: ["apt": String(associated.rawValue)])
    }
}
