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
        guard payload.count > 0, payload[0] < 0x80, let first = firstFrameOffset(in: payload), first < payload.count
        else { return false }
        // RFC 6716 section 4.2.2: a SILK layer of 40 or 60 ms is two or three frames of 20 ms, each with a flag.
        let frames = max(frameDuration(payload[0]) / 960, 1)
        let flags = payload[first]
        if flags >> UInt8(7 - frames) & 1 == 1 { return true }
        return isStereo(payload) && flags >> UInt8(6 - 2 * frames) & 1 == 1
    }

    /// Samples at 48 kHz of one frame, from the configuration in the table of contents. RFC 6716 table 2.
    static func frameDuration(_ toc: UInt8) -> Int {
        let config = toc >> 3
        switch config {
        case 0..<12: return [480, 960, 1920, 2880][Int(config & 3)]
        case 12..<16: return config & 1 == 0 ? 480 : 960
        default: return 120 << Int(config & 3)
        }
    }

    /// RFC 6716 section 3.2; nil when the packet says zero frames or ends before saying how many.
    private static func frameCount(of payload: Span<UInt8>) -> Int? {
        switch payload[0] & 3 {
        case 0: return 1
        case 1, 2: return 2
        default:
            guard payload.count > 1, payload[1] & 0x3F > 0 else { return nil }
            return Int(payload[1] & 0x3F)
        }
    }

    /// Where the first frame begins; nil when the packet ends before. RFC 6716 sections 3.2.2 to 3.2.5.
    private static func firstFrameOffset(in payload: Span<UInt8>) -> Int? {
        switch payload[0] & 3 {
        case 0, 1: return 1
        case 2: return skipLength(in: payload, at: 1)
        default:
            guard var offset = skipPaddingLength(in: payload) else { return nil }
            guard payload[1] & 0x80 != 0 else { return offset }
            for _ in 1..<max(Int(payload[1] & 0x3F), 1) {
                guard let next = skipLength(in: payload, at: offset) else { return nil }
                offset = next
            }
            return offset
        }
    }

    // RFC 6716 section 3.2.1: lengths from 252 on take a second byte.
    private static func skipLength(in payload: Span<UInt8>, at offset: Int) -> Int? {
        guard offset < payload.count else { return nil }
        return offset + (payload[offset] < 252 ? 1 : 2)
    }

    // RFC 6716 section 3.2.5: each length byte of 255 says that another one follows.
    private static func skipPaddingLength(in payload: Span<UInt8>) -> Int? {
        guard payload.count > 1 else { return nil }
        var offset = 2
        guard payload[1] & 0x40 != 0 else { return offset }
        while offset < payload.count {
            offset += 1
            if payload[offset - 1] != 255 { return offset }
        }
        return nil
    }
}
