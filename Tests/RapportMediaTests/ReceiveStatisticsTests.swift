import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("ReceiveStatistics")
struct ReceiveStatisticsTests {
    private func receive(
        _ statistics: inout ReceiveStatistics, _ sequence: UInt16, timestamp: UInt32 = 0, at: Timestamp = .zero
    ) -> Bool {
        var bytes: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 96), sequenceNumber: SequenceNumber(sequence),
            timestamp: RTPTimestamp(timestamp), ssrc: SSRC(7), to: &bytes)
        bytes += [1, 2, 3, 4, 5]
        guard let header = try? RTPHeader(parsing: bytes.span) else { return false }
        return statistics.receive(header, packetBytes: bytes.count, arrival: at)
    }

    @Test("RFC 3550 section A.3: loss since the last report in 1/256 and since the beginning")
    func loss() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        for sequence in UInt16(0)..<100 where sequence % 4 != 3 { _ = receive(&statistics, sequence) }
        // 99 to 0 is 99 packets expected (99 % 4 == 3 is lost and not known of), 75 received.
        var block = statistics.makeReportBlock(at: .zero)
        #expect(block?.fractionLost == UInt8(24 * 256 / 99))
        #expect(block?.cumulativeLost == 24 && block?.highestSequence == 98)
        for sequence in UInt16(99)..<200 { _ = receive(&statistics, sequence) }
        block = statistics.makeReportBlock(at: .zero)
        #expect(block?.fractionLost == 0 && block?.cumulativeLost == 24)
        #expect(statistics.counters.packetsReceived == 176)
        #expect(statistics.counters.bytesReceived == 176 * 5)
        #expect(statistics.counters.headerBytesReceived == 176 * 12)
    }

    @Test("a source that was silent since the last report gets no block")
    func silentSource() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        #expect(statistics.makeReportBlock(at: .zero) == nil)
        _ = receive(&statistics, 1)
        #expect(statistics.makeReportBlock(at: .zero) != nil)
        #expect(statistics.makeReportBlock(at: .zero) == nil)
    }

    @Test("RFC 3550 section A.1: the count goes on over the wrap, duplicates make the loss negative")
    func wrapAndDuplicates() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        for sequence in [65_534, 65_535, 0, 1, 1, 65_535] as [UInt16] { _ = receive(&statistics, sequence) }
        let block = statistics.makeReportBlock(at: .zero)
        #expect(block?.highestSequence == 0x1_0001)
        #expect(block?.cumulativeLost == -2 && block?.fractionLost == 0)
        #expect(statistics.counters.duplicates == 2 && statistics.counters.reordered == 0)
    }

    @Test("late packets count as reordered once and repair the loss")
    func reordered() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        for sequence in [10, 12, 11, 13, 11] as [UInt16] { _ = receive(&statistics, sequence) }
        #expect(statistics.packetsLost == -1)
        #expect(statistics.counters.reordered == 1 && statistics.counters.duplicates == 1)
    }

    @Test("a jump is refused once and believed when the next packet follows it")
    func jumps() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        #expect(receive(&statistics, 10) && receive(&statistics, 11))
        #expect(!receive(&statistics, 20_000))
        #expect(receive(&statistics, 12))
        #expect(!receive(&statistics, 20_000))
        #expect(receive(&statistics, 20_001))
        #expect(statistics.counters.jumps == 2 && statistics.counters.restarts == 1)
        #expect(statistics.packetsLost == 0 && statistics.extendedHighestSequence == 20_001)
    }

    @Test("RFC 3550 section A.8: even arrivals have no jitter, a constant deviation settles at its size")
    func jitter() {
        var even = ReceiveStatistics(ssrc: SSRC(7), clockRate: 48_000)
        for step in 0..<100 {
            _ = receive(
                &even, UInt16(step), timestamp: UInt32.max - 9600 &+ UInt32(step) * 960,
                at: .milliseconds(Int64(step) * 20))
        }
        #expect(even.jitter == 0)
        var uneven = ReceiveStatistics(ssrc: SSRC(7), clockRate: 48_000)
        for step in 0..<500 {
            // Every other packet 5 ms late: each transit differs from the last by 240 ticks.
            let late: Int64 = step % 2 == 0 ? 0 : 5
            _ = receive(
                &uneven, UInt16(step), timestamp: UInt32(step) * 960, at: .milliseconds(Int64(step) * 20 + late))
        }
        #expect((230...245).contains(uneven.jitter))
        #expect((4.7...5.2).contains(uneven.jitterTime.inMilliseconds))
    }

    @Test("LSR and DLSR tell the last sender report and the time since, in 1/65536 s")
    func senderReport() {
        var statistics = ReceiveStatistics(ssrc: SSRC(7), clockRate: 90_000)
        _ = receive(&statistics, 1)
        let without = statistics.makeReportBlock(at: .zero)
        #expect(without?.lastSenderReport == 0 && without?.delaySinceLastSenderReport == 0)
        statistics.receiveSenderReport(ntp: NTPTime(rawValue: 0x1122_3344_5566_7788), at: .seconds(10))
        _ = receive(&statistics, 2)
        let block = statistics.makeReportBlock(at: .milliseconds(10_500))
        #expect(block?.lastSenderReport == 0x3344_5566)
        #expect(block?.delaySinceLastSenderReport == 32_768)
    }
}
