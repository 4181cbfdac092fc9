public import RapportBase

/// What a source has sent, the wall-clock time of its media clock, and what it received. RFC 3550 section 6.4.1.
public struct SenderReport: Sendable, Equatable {
    public var ssrc: SSRC
    /// Wall-clock time of this report.
    public var ntp: NTPTime
    /// The same moment on the media clock.
    public var rtp: RTPTimestamp
    /// RTP packets sent since the beginning.
    public var packets: UInt32
    /// Payload bytes sent since the beginning.
    public var octets: UInt32
    public var blocks: [ReportBlock]

    public init(
        ssrc: SSRC, ntp: NTPTime, rtp: RTPTimestamp, packets: UInt32, octets: UInt32, blocks: [ReportBlock] = []
    ) {
        self.ssrc = ssrc
        self.ntp = ntp
        self.rtp = rtp
        self.packets = packets
        self.octets = octets
        self.blocks = blocks
    }

    init(_ body: Span<UInt8>, count: UInt8) throws(RTCPError) {
        try RTCPFrame.require(24, of: body)
        ssrc = SSRC(body.uint32(at: 0))
        ntp = NTPTime(rawValue: body.uint64(at: 4))
        rtp = RTPTimestamp(body.uint32(at: 12))
        packets = body.uint32(at: 16)
        octets = body.uint32(at: 20)
        blocks = try ReportBlock.parse(body, at: 24, count: count)
    }

    func append(to bytes: inout [UInt8]) {
        let own = blocks.prefix(RTCP.maximumCount)
        let start = RTCP.begin(RTCPPacketType.senderReport, count: UInt8(own.count), &bytes)
        bytes.append(uint32: ssrc.rawValue)
        bytes.append(uint64: ntp.rawValue)
        bytes.append(uint32: rtp.rawValue)
        bytes.append(uint32: packets)
        bytes.append(uint32: octets)
        for block in own { block.append(to: &bytes) }
        RTCP.end(start, &bytes)
        // RFC 3550 section 6.1: more than 31 sources go on in receiver reports behind this packet.
        let rest = blocks.dropFirst(RTCP.maximumCount)
        if !rest.isEmpty { ReceiverReport(ssrc: ssrc, blocks: Array(rest)).append(to: &bytes) }
    }
}
