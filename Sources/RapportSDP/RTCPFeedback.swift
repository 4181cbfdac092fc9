/// A kind of RTCP feedback that a format may be answered with, `a=rtcp-fb`. RFC 4585 section 4.2.
public enum RTCPFeedback: Hashable, Sendable {
    /// Generic NACK. RFC 4585 section 6.2.1.
    case nack
    /// Picture loss indication. RFC 4585 section 6.3.1.
    case pictureLossIndication
    /// Full intra request. RFC 5104 section 4.3.1.
    case fullIntraRequest
    /// draft-alvestrand-rmcat-remb-03 section 2.
    case receiverEstimatedMaximumBitrate
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.
    case transportCC
    /// Any other, as it was written.
    case other(String)

    /// Reads what stands behind the payload type: `nack pli`.
    public init(parsing text: String) {
        switch text {
        case "nack": self = .nack
        case "nack pli": self = .pictureLossIndication
        case "ccm fir": self = .fullIntraRequest
        case "goog-remb": self = .receiverEstimatedMaximumBitrate
        case "transport-cc": self = .transportCC
        default: self = .other(text)
        }
    }

    /// What stands behind the payload type.
    public var serialized: String {
        switch self {
        case .nack: "nack"
        case .pictureLossIndication: "nack pli"
        case .fullIntraRequest: "ccm fir"
        case .receiverEstimatedMaximumBitrate: "goog-remb"
        case .transportCC: "transport-cc"
        case .other(let text): text
        }
    }
}
