/// The RTP header extensions that this library reads and writes; the raw value is the URI of `a=extmap`.
public enum HeaderExtension: String, CaseIterable, Hashable, Sendable {
    /// Identification tag of the media description. RFC 9143 section 15.
    case mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
    /// RTP stream id. RFC 8852 section 3.1.
    case rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
    /// Id of the RTP stream that a redundancy stream repairs. RFC 8852 section 3.2.
    case repairedRID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2.
    case transportSequenceNumber = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    /// 24-bit sending time of draft-alvestrand-rmcat-remb.
    case absoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
    /// Loudness of the sound in the packet. RFC 6464.
    case audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    /// NTP time of capture at the first sender.
    case absoluteCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
    /// Bounds of the delay before a frame is shown.
    case playoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
    /// Coordination of video orientation. 3GPP TS 26.114 section 7.4.5.
    case videoOrientation = "urn:3gpp:video-orientation"

    /// The name under which it is negotiated.
    public var uri: String { rawValue }

    /// Nil for a URI that this library does not know.
    public init?(uri: String) { self.init(rawValue: uri) }

    // The place in HeaderExtensionMap; not rawValue, since looking up a number must not compare strings.
    var ordinal: Int {
        switch self {
        case .mid: 0
        case .rid: 1
        case .repairedRID: 2
        case .transportSequenceNumber: 3
        case .absoluteSendTime: 4
        case .audioLevel: 5
        case .absoluteCaptureTime: 6
        case .playoutDelay: 7
        case .videoOrientation: 8
        }
    }

    static let ordered: [HeaderExtension] = [
        .mid, .rid, .repairedRID, .transportSequenceNumber, .absoluteSendTime, .audioLevel, .absoluteCaptureTime,
        .playoutDelay, .videoOrientation,
    ]
}
