public import RapportBase

/// Reception statistics of one source. RFC 3550 section 6.4.1.
///
/// ```
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |                 SSRC_1 (SSRC of first source)                 |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | fraction lost |       cumulative number of packets lost       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           extended highest sequence number received           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      interarrival jitter                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         last SR (LSR)                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   delay since last SR (DLSR)                  |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// ```
public struct ReportBlock: Sendable, Equatable {
    static let length = 24

    public var ssrc: SSRC
    /// Lost since the last report, in 1/256.
    public var fractionLost: UInt8
    /// Lost since the beginning; negative with duplicates. Held within 24 bits signed when written.
    public var cumulativeLost: Int32
    /// Cycles in the upper half, the highest sequence number in the lower.
    public var highestSequence: UInt32
    /// Units of the RTP clock.
    public var jitter: UInt32
    /// The middle 32 bits of the last sender report's NTP time; zero without one.
    public var lastSenderReport: UInt32
    /// Units of 1/65536 s; zero without a sender report.
    public var delaySinceLastSenderReport: UInt32

    public init(
        ssrc: SSRC, fractionLost: UInt8, cumulativeLost: Int32, highestSequence: UInt32, jitter: UInt32,
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.highestSequence = highestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// - Parameter offset: the caller has checked that `length` bytes are there.
    init(_ body: Span<UInt8>, at offset: Int) {
        ssrc = SSRC(body.uint32(at: offset))
        fractionLost = body[offset + 4]
        cumulativeLost = Int32(bitPattern: body.uint24(at: offset + 5) << 8) >> 8
        highestSequence = body.uint32(at: offset + 8)
        jitter = body.uint32(at: offset + 12)
        lastSenderReport = body.uint32(at: offset + 16)
        delaySinceLastSenderReport = body.uint32(at: offset + 20)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(uint32: ssrc.rawValue)
        bytes.append(fractionLost)
        // RFC 3550 section A.3: the count is clamped, it does not wrap.
        bytes.append(uint24: UInt32(bitPattern: min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)))
        bytes.append(uint32: highestSequence)
        bytes.append(uint32: jitter)
        bytes.append(uint32: lastSenderReport)
        bytes.append(uint32: delaySinceLastSenderReport)
    }

    /// `count` blocks from `offset` on; what lies behind them (profile-specific extensions) is passed over.
    static func parse(_ body: Span<UInt8>, at offset: Int, count: UInt8) throws(RTCPError) -> [ReportBlock] {
        try RTCPFrame.require(offset + Int(count) * length, of: body)
        var blocks: [ReportBlock] = []
        for index in 0..<Int(count) { blocks.append(ReportBlock(body, at: offset + index * length)) }
        return blocks
    }
}
