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
    /// The same, by a peer that takes what is told twice for what it is: ours, known to no one else.
    case repeatedTransportCC
    /// RFC 8888 section 6.
    case congestionControl
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
        case "transport-cc repeated": self = .repeatedTransportCC
        case "ack ccfb": self = .congestionControl
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
        case .repeatedTransportCC: "transport-cc repeated"
        case .congestionControl: "ack ccfb"
        case .other(let text): text
        }
    }
}
