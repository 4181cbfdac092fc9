import RapportCodecs

/// What sound is sent: decides how it is coded. W3C mst-content-hint section 3.1.
public enum AudioContent: String, Sendable {
    /// One voice: one channel, repeated where packets get lost, down to 12 kbit/s.
    case speech
    /// Anything that should sound as it is: two channels where the peer asks for them (`stereo=1`, RFC 7587 section
    /// 6.1), up to 64 kbit/s a channel, no repetition.
    case music

    /// Channels that are sent, to a peer that asks for two or does not.
    func channels(peerTakesStereo: Bool) -> Int {
        switch self {
        case .speech: 1
        case .music: peerTakesStereo ? 2 : 1
        }
    }

    func configuration(channels: Int) -> OpusEncoderConfiguration {
        switch self {
        case .speech: OpusEncoderConfiguration(channels: channels, complexity: 8)
        case .music: OpusEncoderConfiguration(channels: channels, application: .audio, inbandFEC: false)
        }
    }
}
