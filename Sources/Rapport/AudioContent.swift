import RapportCodecs

/// What sound is sent: decides how it is coded. W3C mst-content-hint section 3.1.
public enum AudioContent: String, Sendable {
    /// One voice: one channel, repeated where packets get lost, down to 12 kbit/s.
    case speech
    /// Anything that should sound as it is: two channels, up to 128 kbit/s, no repetition.
    case music

    var channels: Int {
        switch self {
        case .speech: 1
        case .music: 2
        }
    }

    var configuration: OpusEncoderConfiguration {
        switch self {
        case .speech: OpusEncoderConfiguration(complexity: 8)
        case .music: OpusEncoderConfiguration(channels: 2, application: .audio, inbandFEC: false)
        }
    }
}
