public import RapportBase

/// A codec that this library encodes and decodes.
public enum MediaCodec: Hashable, Sendable, CaseIterable {
    /// RFC 6716; RTP payload RFC 7587.
    case opus
    /// RFC 6386; RTP payload RFC 7741.
    case vp8

    public var kind: MediaKind {
        switch self {
        case .opus: .audio
        case .vp8: .video
        }
    }

    /// The encoding name of `a=rtpmap`.
    public var name: String {
        switch self {
        case .opus: "opus"
        case .vp8: "VP8"
        }
    }

    /// Ticks a second of the RTP timestamp.
    public var clockRate: UInt32 {
        switch self {
        case .opus: 48000
        case .vp8: 90000
        }
    }

    /// Channels in `a=rtpmap`. RFC 7587 section 7: always 2 for Opus, whatever is sent.
    public var channels: UInt8? {
        switch self {
        case .opus: 2
        case .vp8: nil
        }
    }
}
