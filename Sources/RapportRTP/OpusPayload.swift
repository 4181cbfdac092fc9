/// What can be told from an Opus packet without decoding it. RFC 6716 section 3; RFC 7587.
public enum OpusPayload {
    /// Longest sound that a packet may hold: 120 ms. RFC 6716 section 3.2.5.
    public static let maximumDuration = 5760

    /// Samples at 48 kHz that the packet decodes to; nil when it is empty or its frames do not add up.
    /// RFC 6716 sections 3.1 and 3.2.
    public static func duration(of payload: Span<UInt8>) -> Int? {
        guard payload.count > 0, let frames = frameCount(of: payload) else { return nil }
        let duration = frames * frameDuration(payload[0])
        return duration <= maximumDuration ? duration : nil
    }

    /// True when the packet holds two channels. RFC 6716 section 3.1.
    public static func isStereo(_ payload: Span<UInt8>) -> Bool { payload.count > 0 && payload[0] & 0x04 != 0 }

    /// True for a packet that says "silence goes on": nothing but the table of contents, or that and one byte.
    /// RFC 7587 section 3.1.3.
    public static func isDTX(_ payload: Span<UInt8>) -> Bool { (1...2).contains(payload.count) }

    /// True when the packet also carries a coarse copy of the sound before it. RFC 6716 sections 2.1.7 and 4.2.3.
    ///
    /// Only the SILK layer has one; its flag follows the voice activity flags at the start of the first frame.
    public static func hasInbandFEC(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 0, payload[0] < 0x80, let first = OpusFraming.firstFrame(in: payload) else {
            return false
        }
        // RFC 6716 section 4.2.2: a SILK layer of 40 or 60 ms is two or three frames of 20 ms, each with a flag.
        let frames = max(frameDuration(payload[0]) / 960, 1)
        let flags = payload[first]
        if flags >> UInt8(7 - frames) & 1 == 1 { return true }
        return isStereo(payload) && flags >> UInt8(6 - 2 * frames) & 1 == 1
    }

    /// Samples at 48 kHz that one frame decodes to, from the configuration in the table of contents. RFC 6716 table 2.
    static func frameDuration(_ toc: UInt8) -> Int {
        let config = toc >> 3
        switch config {
        case 0..<12: return config & 3 == 3 ? 2880 : 480 << Int(config & 3)
        case 12..<16: return 480 << Int(config & 1)
        default: return 120 << Int(config & 3)
        }
    }

    /// RFC 6716 section 3.2; nil when the packet says zero frames or ends before saying how many.
    static func frameCount(of payload: Span<UInt8>) -> Int? {
        switch payload[0] & 3 {
        case 0: return 1
        case 1, 2: return 2
        default:
            guard payload.count > 1, payload[1] & 0x3F > 0 else { return nil }
            return Int(payload[1] & 0x3F)
        }
    }
}
