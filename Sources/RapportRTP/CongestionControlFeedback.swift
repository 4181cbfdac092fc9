public import RapportBase

/// When each packet of each stream arrived, and with which congestion mark. RFC 8888 section 3.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   SSRC of nth RTP Stream                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          begin_seq            |          num_reports          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |R|ECN|  Arrival time offset    | ...                           .
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Report Timestamp (32 bits)                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct CongestionControlFeedback: Sendable, Equatable {
    /// What was written into the two bits of the IP header. RFC 3168 section 5.
    public enum Mark: UInt8, Sendable, Equatable {
        case notCapable = 0
        case capable1 = 1
        case capable0 = 2
        /// A queue on the way marked it in place of dropping it.
        case congestion = 3
    }

    /// A packet that arrived.
    public struct Arrival: Sendable, Equatable {
        /// Before the report was made, in 1/1024 s: up to 8189, or one of the values below.
        public var offset: UInt16
        public var mark: Mark

        /// More than eight seconds before the report.
        public static let longAgo: UInt16 = 0x1FFE
        /// The time is not known, or it is after the report's.
        public static let unknown: UInt16 = 0x1FFF

        public init(offset: UInt16, mark: Mark = .notCapable) {
            self.offset = min(offset, Self.unknown)
            self.mark = mark
        }
    }

    /// The packets of one stream, from `begin` on.
    public struct Stream: Sendable, Equatable {
        public var source: SSRC
        public var begin: SequenceNumber
        /// One for each packet, nil for one that has not arrived; at most `CongestionControlFeedback.maximumReports`.
        public var packets: [Arrival?]

        public init(source: SSRC, begin: SequenceNumber, packets: [Arrival?]) {
            self.source = source
            self.begin = begin
            self.packets = packets
        }
    }

    /// Packets that one block may speak of. RFC 8888 section 3.1.
    public static let maximumReports = 16_384

    public var sender: SSRC
    public var streams: [Stream]
    /// When the report was made: the middle 32 bits of an NTP time on the clock of the sender reports, in 1/65536 s.
    public var timestamp: UInt32

    public init(sender: SSRC, streams: [Stream], timestamp: UInt32) {
        self.sender = sender
        self.streams = streams
        self.timestamp = timestamp
    }
}

extension CongestionControlFeedback {
    /// - Parameter budget: statuses that the datagram may still report; reduced by those of this message.
    init(_ body: Span<UInt8>, budget: inout Int) throws(RTCPError) {
        try RTCPFrame.require(8, of: body)
        let end = body.count - 4
        sender = SSRC(body.uint32(at: 0))
        timestamp = body.uint32(at: end)
        streams = []
        var offset = 4
        while offset < end {
            guard offset + 8 <= end else { throw .truncated(needed: offset + 12, actual: body.count) }
            let count = Int(body.uint16(at: offset + 6))
            guard count <= Self.maximumReports else { throw Self.malformed }
            guard count <= budget else { throw .tooManyStatuses(count) }
            budget -= count
            // An odd number of reports is followed by two bytes that mean nothing.
            let next = offset + 8 + (count + count % 2) * 2
            guard next <= end else { throw .truncated(needed: next + 4, actual: body.count) }
            streams.append(Self.stream(body, offset, count))
            offset = next
        }
    }

    private static var malformed: RTCPError {
        .malformed(packetType: RTCPPacketType.transportFeedback, count: RTCPFeedbackFormat.congestionControl)
    }

    private static func stream(_ body: Span<UInt8>, _ offset: Int, _ count: Int) -> Stream {
        var packets: [Arrival?] = []
        packets.reserveCapacity(count)
        for place in 0..<count { packets.append(arrival(body.uint16(at: offset + 8 + 2 * place))) }
        return Stream(
            source: SSRC(body.uint32(at: offset)), begin: SequenceNumber(body.uint16(at: offset + 4)), packets: packets)
    }

    private static func arrival(_ report: UInt16) -> Arrival? {
        guard report & 0x8000 != 0 else { return nil }
        return Arrival(
            offset: report & 0x1FFF, mark: Mark(rawValue: UInt8(truncatingIfNeeded: report >> 13 & 3)) ?? .notCapable)
    }

    func append(to bytes: inout [UInt8]) {
        let start = RTCP.begin(RTCPPacketType.transportFeedback, count: RTCPFeedbackFormat.congestionControl, &bytes)
        bytes.append(uint32: sender.rawValue)
        for stream in streams {
            let packets = stream.packets.prefix(Self.maximumReports)
            // What the 16-bit length can say, less the timestamp.
            guard bytes.count - start + 8 + 2 * (packets.count + 1) + 4 <= 4 * 65_535 else { break }
            bytes.append(uint32: stream.source.rawValue)
            bytes.append(uint16: stream.begin.rawValue)
            bytes.append(uint16: UInt16(packets.count))
            for packet in packets { bytes.append(uint16: Self.report(packet)) }
            if packets.count % 2 == 1 { bytes.append(uint16: 0) }
        }
        bytes.append(uint32: timestamp)
        RTCP.end(start, &bytes)
    }

    private static func report(_ packet: Arrival?) -> UInt16 {
        guard let packet else { return 0 }
        return 0x8000 | UInt16(packet.mark.rawValue) << 13 | min(packet.offset, Arrival.unknown)
    }
}
