public import RapportBase

/// Sources that are leaving. RFC 3550 section 6.6.
public struct Bye: Sendable, Equatable {
    public var sources: [SSRC]
    /// Why, in UTF-8, 255 bytes at most; what is longer is cut when written.
    public var reason: [UInt8]?

    public init(sources: [SSRC], reason: [UInt8]? = nil) {
        self.sources = sources
        self.reason = reason
    }

    init(_ body: Span<UInt8>, count: UInt8) throws(RTCPError) {
        let end = 4 * Int(count)
        try RTCPFrame.require(end, of: body)
        sources = []
        for index in 0..<Int(count) { sources.append(SSRC(body.uint32(at: 4 * index))) }
        reason = nil
        if body.count > end {
            let length = Int(body[end])
            try RTCPFrame.require(end + 1 + length, of: body)
            reason = body.copy((end + 1)..<(end + 1 + length))
        }
    }

    func append(to bytes: inout [UInt8]) {
        var rest = sources[...]
        repeat {
            let own = rest.prefix(RTCP.maximumCount)
            let start = RTCP.begin(RTCPPacketType.bye, count: UInt8(own.count), &bytes)
            for source in own { bytes.append(uint32: source.rawValue) }
            rest = rest.dropFirst(RTCP.maximumCount)
            if rest.isEmpty, let reason = reason?.prefix(255) {
                bytes.append(UInt8(reason.count))
                bytes.append(contentsOf: reason)
            }
            RTCP.end(start, &bytes)
        } while !rest.isEmpty
    }
}
