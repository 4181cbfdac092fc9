import COpus

/// Facts of Opus that encoder and decoder share.
enum OpusRate {
    static let sampleRates = [8_000, 12_000, 16_000, 24_000, 48_000]

    /// Packet durations in units of 2.5 ms: 2.5, 5, 10, 20, 40 and 60 ms. RFC 6716 section 2.1.4.
    static let packetUnits = [1, 2, 4, 8, 16, 24]

    /// Longest duration that one packet can hold, 120 ms, in samples per channel. RFC 6716 section 3.2.5.
    static func longestPacket(sampleRate: Int) -> Int { sampleRate * 120 / 1000 }

    static func check(sampleRate: Int, channels: Int) throws(CodecError) {
        guard sampleRates.contains(sampleRate) else { throw .invalidSetting(.sampleRate, sampleRate) }
        guard channels == 1 || channels == 2 else { throw .invalidSetting(.channels, channels) }
    }

    /// Maps a status of libopus once; positive values are no errors.
    static func error(_ status: Int32) -> CodecError {
        switch status {
        case OPUS_ALLOC_FAIL: .outOfMemory
        case OPUS_INVALID_PACKET: .corruptPayload
        default: .library(.opus, status: status)
        }
    }
}
