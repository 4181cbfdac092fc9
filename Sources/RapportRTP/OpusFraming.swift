/// Where the frames of an Opus packet lie. RFC 6716 section 3.2.
enum OpusFraming {
    /// Offset of the first frame; nil when it is empty (nothing is sent for it) or the packet ends before it.
    static func firstFrame(in payload: Span<UInt8>) -> Int? {
        guard let frame = locate(payload), frame.length > 0, frame.offset + frame.length <= payload.count else {
            return nil
        }
        return frame.offset
    }

    private static func locate(_ payload: Span<UInt8>) -> (offset: Int, length: Int)? {
        switch payload[0] & 3 {
        case 0: return (1, payload.count - 1)
        case 1: return (1, (payload.count - 1) / 2)
        case 2:
            guard let first = length(in: payload, at: 1) else { return nil }
            return (first.next, first.length)
        default: return locateAmongMany(payload)
        }
    }

    // RFC 6716 section 3.2.5: |v|p| M |, then the length of the padding, then with v all lengths but the last.
    private static func locateAmongMany(_ payload: Span<UInt8>) -> (offset: Int, length: Int)? {
        guard let frames = OpusPayload.frameCount(of: payload), let padding = padding(in: payload) else { return nil }
        guard payload[1] & 0x80 != 0 else {
            return (padding.next, (payload.count - padding.next - padding.length) / frames)
        }
        var offset = padding.next
        var firstLength: Int?
        for _ in 1..<frames {
            guard let frame = length(in: payload, at: offset) else { return nil }
            firstLength = firstLength ?? frame.length
            offset = frame.next
        }
        return (offset, firstLength ?? payload.count - offset - padding.length)
    }

    // RFC 6716 section 3.2.1: 252 and above take a second byte, which counts fourfold.
    private static func length(in payload: Span<UInt8>, at offset: Int) -> (length: Int, next: Int)? {
        guard offset < payload.count else { return nil }
        let first = Int(payload[offset])
        if first < 252 { return (first, offset + 1) }
        guard offset + 1 < payload.count else { return nil }
        return (first + 4 * Int(payload[offset + 1]), offset + 2)
    }

    // RFC 6716 section 3.2.5: a byte of 255 stands for 254 bytes of padding and says that another byte follows.
    private static func padding(in payload: Span<UInt8>) -> (length: Int, next: Int)? {
        var offset = 2
        guard payload[1] & 0x40 != 0 else { return (0, offset) }
        var length = 0
        while offset < payload.count {
            let value = Int(payload[offset])
            offset += 1
            if value != 255 { return (length + value, offset) }
            length += 254
        }
        return nil
    }
}
