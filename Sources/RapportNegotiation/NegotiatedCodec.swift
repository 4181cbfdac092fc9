public import RapportBase
public import RapportSDP

/// A codec with the numbers and parameters that hold in one direction.
public struct NegotiatedCodec: Hashable, Sendable {
    public var codec: MediaCodec
    public var payloadType: PayloadType
    /// Nil without retransmissions. RFC 4588.
    public var retransmissionPayloadType: PayloadType?
    /// Nil without copies of older packets. RFC 2198.
    public var redundancyPayloadType: PayloadType?
    /// What the receiving side asks for: the peer's for sending, ours for receiving.
    public var parameters: FormatParameters

    public init(
        codec: MediaCodec, payloadType: PayloadType, retransmissionPayloadType: PayloadType? = nil,
        redundancyPayloadType: PayloadType? = nil, parameters: FormatParameters = FormatParameters()
    ) {
        self.codec = codec
        self.payloadType = payloadType
        self.retransmissionPayloadType = retransmissionPayloadType
        self.redundancyPayloadType = redundancyPayloadType
        self.parameters = parameters
    }

    public var clockRate: UInt32 { codec.clockRate }
}
