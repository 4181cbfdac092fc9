/// Synchronization source: names one RTP stream. RFC 3550 section 3.
public struct SSRC: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    public var description: String { "SSRC(\(rawValue))" }
}

/// RTP payload type, 0...127. RFC 3551 section 6.
public struct PayloadType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    /// Nil outside 0...127.
    public init?(rawValue: UInt8) {
        guard rawValue < 128 else { return nil }
        self.rawValue = rawValue
    }

    /// For the seven bits of a packet: the marker bit is cut off.
    public init(masking value: UInt8) { rawValue = value & 0x7F }

    public var description: String { "\(rawValue)" }
}

/// Identification tag of a media description, `a=mid`. RFC 5888 section 4; RFC 9143 section 7.
public struct MID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
}

/// Audio or video.
public enum MediaKind: String, Hashable, Sendable, CaseIterable {
    case audio
    case video
}
