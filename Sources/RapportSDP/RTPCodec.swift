public import RapportBase

/// One RTP format of a media description: the lines `a=rtpmap`, `a=rtcp-fb` and `a=fmtp` of a payload type.
///
/// RFC 8866 section 6.6.
public struct RTPCodec: Hashable, Sendable {
    public var payloadType: PayloadType
    /// The encoding name; case does not matter when it is compared.
    public var name: String
    /// Ticks a second of the RTP timestamp.
    public var clockRate: UInt32
    /// Nil when not said, which means one for audio.
    public var channels: UInt8?
    public var parameters: FormatParameters
    public var feedback: [RTCPFeedback]

    public init(
        payloadType: PayloadType, name: String, clockRate: UInt32, channels: UInt8? = nil,
        parameters: FormatParameters = FormatParameters(), feedback: [RTCPFeedback] = []
    ) {
        self.payloadType = payloadType
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
        self.parameters = parameters
        self.feedback = feedback
    }

    /// True for the same encoding name, clock and number of channels.
    public func isEncoding(_ name: String, clockRate: UInt32, channels: UInt8? = nil) -> Bool {
        self.name.lowercased() == name.lowercased() && self.clockRate == clockRate
            && (self.channels ?? 1) == (channels ?? 1)
    }

    /// FlexFEC as of draft-ietf-payload-flexible-fec-scheme-03, which is what browsers receive.
    public static let flexFEC = "flexfec-03"

    /// For an `rtx` format, the payload type whose packets it repeats. RFC 4588 section 8.1.
    public var associatedPayloadType: PayloadType? {
        guard name.lowercased() == "rtx", let value = parameters.number("apt") else { return nil }
        return UInt8(exactly: value).flatMap { PayloadType(rawValue: $0) }
    }

    /// For a `red` format, the payload type of all its blocks; nil when it names several or none. RFC 2198 section 5.
    public var redundantPayloadType: PayloadType? {
        guard name.lowercased() == "red", let list = parameters.entries.first, list.value == nil else { return nil }
        let types = list.name.split(separator: "/").map { UInt8($0).flatMap { PayloadType(rawValue: $0) } }
        guard types.count > 1, let first = types[0], types.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    /// A format that needs no `a=rtpmap`. RFC 3551 section 6, those that endpoints still list.
    static func assigned(_ payloadType: PayloadType) -> RTPCodec? {
        switch payloadType.rawValue {
        case 0: RTPCodec(payloadType: payloadType, name: "PCMU", clockRate: 8000)
        case 3: RTPCodec(payloadType: payloadType, name: "GSM", clockRate: 8000)
        case 8: RTPCodec(payloadType: payloadType, name: "PCMA", clockRate: 8000)
        case 9: RTPCodec(payloadType: payloadType, name: "G722", clockRate: 8000)
        case 13: RTPCodec(payloadType: payloadType, name: "CN", clockRate: 8000)
        case 18: RTPCodec(payloadType: payloadType, name: "G729", clockRate: 8000)
        default: nil
        }
    }
}
