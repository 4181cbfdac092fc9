import RapportBase
public import RapportRTP

// Reports that name packets by stream and sequence number. RFC 8888.
extension SentPacketHistory {
    /// Appends a result for each packet that `feedback` says something new about, in order of number.
    public mutating func results(of feedback: CongestionControlFeedback, into results: inout [PacketResult]) {
        let made = reportTimes.unwrap(feedback.timestamp)
        let start = results.count
        var newest: Int64 = -1
        for stream in feedback.streams {
            for (offset, packet) in stream.packets.enumerated() {
                guard let number = index.number(source: stream.source, sequence: stream.begin + offset) else {
                    counters.unknown += 1
                    continue
                }
                newest = max(newest, number)
                guard let result = take(number, packet, madeAt: made) else { continue }
                results.append(result)
                counters.reported += 1
            }
        }
        results[start...].sort { $0.packet.number < $1.packet.number }
        if newest >= 0 { passed(through: newest) }
    }

    private mutating func take(
        _ number: Int64, _ packet: CongestionControlFeedback.Arrival?, madeAt made: Timestamp
    ) -> PacketResult? {
        guard let packet else { return take(number, arrival: nil) }
        // Without a time of arrival there is nothing to judge by; the packet is under way no longer.
        guard packet.offset < CongestionControlFeedback.Arrival.longAgo else {
            counters.untimed += 1
            return nil
        }
        let arrival = made - .nanoseconds(Int64(packet.offset) * 1_000_000_000 / 1024)
        guard var result = take(number, arrival: arrival) else { return nil }
        result.isMarked = packet.mark == .congestion
        if result.isMarked { counters.marked += 1 }
        return result
    }
}

/// Turns the 32 bits of a report's time, in 1/65536 s, into a time that never wraps.
struct ReportTimeUnwrapper: Sendable {
    private var last: Int64?

    /// The reporter's clock: the time nearest to the one before.
    mutating func unwrap(_ timestamp: UInt32) -> Timestamp {
        // The first one is put behind one wrap, so that an older report does not become negative.
        let value =
            last.map { $0 + Int64(Int32(bitPattern: timestamp &- UInt32(truncatingIfNeeded: $0))) }
            ?? Int64(timestamp) + (1 << 32)
        last = value
        let (seconds, rest) = (value >> 16, value & 0xFFFF)
        return Timestamp(nanoseconds: seconds &* 1_000_000_000 &+ (rest * 1_000_000_000) >> 16)
    }
}
