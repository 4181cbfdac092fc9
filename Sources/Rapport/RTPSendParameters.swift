public import RapportBase
public import RapportMedia

/// What an application allows one sender, and what it prefers. W3C webrtc-pc sections 5.2.4 and 5.2.5.
public struct RTPSendParameters: Sendable, Equatable {
    /// The parameters that have a range.
    public enum Name: String, Sendable, Hashable {
        case maxBitrate
        case maxFramerate
        case scaleResolutionDownBy
    }

    /// False stops sending without a negotiation.
    public var isActive = true
    /// Of the encoded media, without headers; nil for what the line carries. At least 6 kbit/s.
    public var maxBitrate: Bitrate?
    /// Pictures a second, more than zero; nil for those of the source.
    public var maxFramerate: Double?
    /// Divides width and height; at least 1.
    public var scaleResolutionDownBy = 1.0
    /// What is given up first on a poor line.
    public var degradationPreference = DegradationPreference.balanced
    /// How sound is coded. W3C mst-content-hint section 3.1.
    public var audioContent = AudioContent.speech

    public init() {}

    func check() throws(PeerConnectionError) {
        if let maxBitrate, maxBitrate < .kilobits(6) { throw .invalidParameter(.maxBitrate) }
        if let maxFramerate, !(maxFramerate > 0 && maxFramerate.isFinite) { throw .invalidParameter(.maxFramerate) }
        guard scaleResolutionDownBy >= 1, scaleResolutionDownBy.isFinite else {
            throw .invalidParameter(.scaleResolutionDownBy)
        }
    }

    var videoLimits: VideoSendLimits {
        var limits = VideoSendLimits()
        limits.maximumBitrate = maxBitrate
        limits.maximumFrameRate = maxFramerate
        limits.scaleResolutionDownBy = scaleResolutionDownBy
        limits.degradationPreference = degradationPreference
        return limits
    }
}
