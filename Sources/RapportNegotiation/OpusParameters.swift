public import RapportSDP

/// What a receiver of Opus asks of the sender. RFC 7587 section 6.1.
public struct OpusParameters: Hashable, Sendable {
    /// Shortest packet the receiver likes, in milliseconds.
    public var minimumPacketMilliseconds: Int
    /// The receiver makes use of in-band FEC.
    public var usesInbandFEC: Bool
    /// The receiver likes two channels.
    public var prefersStereo: Bool
    /// Its own sound, the other way, is likely to have two channels.
    public var maySendStereo: Bool
    /// The receiver likes discontinuous transmission.
    public var usesDTX: Bool
    /// Bits a second, 6000...510000; nil when not said.
    public var maximumAverageBitrate: Int?

    public init(_ parameters: FormatParameters) {
        minimumPacketMilliseconds = parameters.number("minptime").map { min(max($0, 3), 120) } ?? 3
        usesInbandFEC = parameters["useinbandfec"] == "1"
        prefersStereo = parameters["stereo"] == "1"
        maySendStereo = parameters["sprop-stereo"] == "1"
        usesDTX = parameters["usedtx"] == "1"
        maximumAverageBitrate = parameters.number("maxaveragebitrate").map { min(max($0, 6000), 510_000) }
    }
}
