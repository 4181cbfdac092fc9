public import RapportBase

/// What somebody who sends nothing has received. RFC 3550 section 6.4.2.
public struct ReceiverReport: Sendable, Equatable {
    public var ssrc: SSRC
    public var blocks: [ReportBlock]

    public init(ssrc: SSRC, blocks: [ReportBlock] = []) {
        self.ssrc = ssrc
        self.blocks = blocks
    }

    init(_ body: Span<UInt8>, count: UInt8) throws(RTCPError) {
        try RTCPFrame.require(4, of: body)
        ssrc = SSRC(body.uint32(at: 0))
        blocks = try ReportBlock.parse(body, at: 4, count: count)
    }

    func append(to bytes: inout [UInt8]) {
        var rest = blocks[...]
        repeat {
            let own = rest.prefix(RTCP.maximumCount)
            let start = RTCP.begin(RTCPPacketType.receiverReport, count: UInt8(own.count), &bytes)
            bytes.append(uint32: ssrc.rawValue)
            for block in own { block.append(to: &bytes) }
            RTCP.end(start, &bytes)
            rest = rest.dropFirst(RTCP.maximumCount)
        } while !rest.isEmpty
    }
}
