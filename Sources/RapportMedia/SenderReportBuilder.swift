public import RapportBase
public import RapportRTP

/// Counts what a stream sent and makes its sender reports. RFC 3550 section 6.4.1.
public struct SenderReportBuilder: Sendable {
    public let ssrc: SSRC
    public let clockRate: Int
    /// Wall clock at the session's start: session time plus this is NTP time.
    public let wallClockAtStart: NTPTime
    public private(set) var packetsSent: UInt64 = 0
    /// Payload bytes.
    public private(set) var bytesSent: UInt64 = 0
    private var newest: (rtp: RTPTimestamp, captured: Timestamp)?

    public init(ssrc: SSRC, clockRate: Int, wallClockAtStart: NTPTime) {
        precondition(clockRate > 0, "a media clock ticks")
        self.ssrc = ssrc
        self.clockRate = clockRate
        self.wallClockAtStart = wallClockAtStart
    }

    /// Counts a packet of the stream. RTX has a stream, and a builder, of its own.
    /// - Parameters:
    ///   - timestamp: media time of the packet.
    ///   - captured: session time at which that media time was captured.
    public mutating func send(timestamp: RTPTimestamp, captured: Timestamp, payloadBytes: Int) {
        packetsSent += 1
        bytesSent += UInt64(max(payloadBytes, 0))
        if let newest, !timestamp.isNewer(than: newest.rtp) { return }
        newest = (timestamp, captured)
    }

    public func wallClock(at now: Timestamp) -> NTPTime { wallClockAtStart + (now - .zero) }

    /// The report for now; nil before the first packet: who has sent nothing sends a receiver report.
    public func makeReport(at now: Timestamp, blocks: [ReportBlock] = []) -> SenderReport? {
        guard let newest else { return nil }
        // RFC 3550 section 6.4.1: the RTP time is that of the report's own moment, not that of a packet.
        let elapsed = (now - newest.captured).wholeNanoseconds
        let ticks = Int(elapsed / 1000 * Int64(clockRate) / 1_000_000)
        return SenderReport(
            ssrc: ssrc, ntp: wallClock(at: now), rtp: newest.rtp + ticks,
            packets: UInt32(truncatingIfNeeded: packetsSent), octets: UInt32(truncatingIfNeeded: bytesSent),
            blocks: blocks)
    }
}
