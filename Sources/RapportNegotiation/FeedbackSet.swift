import RapportSDP

/// The kinds of RTCP feedback that both sides take for a media description.
public struct FeedbackSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let nack = FeedbackSet(rawValue: 1)
    public static let pictureLossIndication = FeedbackSet(rawValue: 2)
    public static let fullIntraRequest = FeedbackSet(rawValue: 4)
    public static let transportCC = FeedbackSet(rawValue: 8)
    public static let receiverEstimatedMaximumBitrate = FeedbackSet(rawValue: 16)
    /// RFC 8888.
    public static let congestionControl = FeedbackSet(rawValue: 32)
    /// Transport-wide feedback whose messages may overlap.
    public static let repeatedTransportCC = FeedbackSet(rawValue: 64)

    init(_ kinds: [RTCPFeedback]) {
        self = []
        for kind in kinds { formUnion(Self.one(kind)) }
    }

    private static func one(_ kind: RTCPFeedback) -> FeedbackSet {
        switch kind {
        case .nack: .nack
        case .pictureLossIndication: .pictureLossIndication
        case .fullIntraRequest: .fullIntraRequest
        case .receiverEstimatedMaximumBitrate: .receiverEstimatedMaximumBitrate
        case .transportCC: .transportCC
        case .repeatedTransportCC: .repeatedTransportCC
        case .congestionControl: .congestionControl
        case .other: []
        }
    }
}
