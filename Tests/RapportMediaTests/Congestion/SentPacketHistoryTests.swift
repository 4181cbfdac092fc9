import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Sent packet history")
struct SentPacketHistoryTests {
    private func sent(_ count: Int, slots: Int = 4096) -> SentPacketHistory {
        var history = SentPacketHistory(slots: slots)
        for number in 0..<count { history.insert(packet(Int64(number))) }
        return history
    }

    private func packet(_ number: Int64) -> SentPacket {
        SentPacket(number: number, bytes: 1000, sentAt: .milliseconds(number), kind: .video)
    }

    private func feedback(_ base: UInt16, _ arrivals: [Int?], reference: Int32 = 10) -> TransportFeedback {
        TransportFeedback(
            sender: SSRC(1), media: SSRC(2), baseSequence: SequenceNumber(base), referenceTime: reference,
            feedbackCount: 0, arrivals: arrivals.map { $0.map { .milliseconds($0) } })
    }

    private func results(_ history: inout SentPacketHistory, _ feedback: TransportFeedback) -> [PacketResult] {
        var results: [PacketResult] = []
        history.results(of: feedback, into: &results)
        return results
    }

    @Test("feedback becomes results in order of number, with times on the receiver's clock")
    func plain() {
        var history = sent(5)
        let found = results(&history, feedback(1, [3, nil, 9]))
        #expect(found.map(\.packet.number) == [1, 2, 3])
        #expect(found.map(\.arrival) == [.milliseconds(643), nil, .milliseconds(649)])
        #expect(history.counters.reported == 3)
        // The first was passed over by the feedback, the last is still under way.
        #expect(history.bytesUnderWay == 1000)
    }

    @Test("numbers of 16 bits are those of the newest packets, across the wrap")
    func wrap() {
        var history = SentPacketHistory()
        for number in Int64(65_530)...65_545 { history.insert(packet(number)) }
        let found = results(&history, feedback(65_534, [1, 2, 3, 4]))
        #expect(found.map(\.packet.number) == [65_534, 65_535, 65_536, 65_537])
    }

    @Test("a packet reported lost that arrives later comes out once more, as arrived; everything else only once")
    func late() {
        var history = sent(4)
        #expect(results(&history, feedback(0, [1, nil, 2])).count == 3)
        let again = results(&history, feedback(0, [1, 5, 2]))
        #expect(again.map(\.packet.number) == [1])
        #expect(again.first?.arrival == .milliseconds(645))
        #expect(results(&history, feedback(0, [nil, nil, 2])).isEmpty)
        #expect(history.counters.late == 1)
        #expect(history.counters.duplicate == 2 + 3)
    }

    @Test("packets never sent, and those too old, are counted and give nothing")
    func unknown() {
        var history = sent(100, slots: 16)
        #expect(results(&history, feedback(98, [1, 2, 3, 4])).map(\.packet.number) == [98, 99])
        #expect(history.counters.unknown == 2)
        #expect(results(&history, feedback(10, [1, 2])).isEmpty)
        #expect(history.counters.unknown == 4)
    }

    @Test("the reference time wraps at 24 bits and arrivals go on")
    func referenceWrap() {
        var history = sent(4)
        let first = results(&history, feedback(0, [0], reference: 0x7F_FFFF))
        let second = results(&history, feedback(1, [0], reference: -0x80_0000))
        guard let before = first.first?.arrival, let after = second.first?.arrival else {
            Issue.record("no arrivals")
            return
        }
        #expect(after - before == .milliseconds(64))
    }

    @Test("whatever feedback says, bytes under way are those of packets not reported on", arguments: 1...20)
    func garbage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var history = SentPacketHistory(slots: 64)
        var seen: [Int64: Int] = [:]
        for number in Int64(0)..<2000 {
            history.insert(packet(number))
            if generator.chance(0.1) { history.insert(packet(number - Int64.random(in: 0...50, using: &generator))) }
            guard generator.chance(0.3) else { continue }
            let base = UInt16(truncatingIfNeeded: number - Int64.random(in: -5...90, using: &generator))
            let arrivals = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                generator.chance(0.7) ? Int.random(in: -900_000...900_000, using: &generator) : nil
            }
            let reference = Int32.random(in: .min ... .max, using: &generator)
            for result in results(&history, feedback(base, arrivals, reference: reference)) where result.arrival != nil
            {
                seen[result.packet.number, default: 0] += 1
            }
            #expect(history.bytesUnderWay >= 0 && history.bytesUnderWay <= 64_000)
        }
        #expect(seen.values.allSatisfy { $0 == 1 } && !seen.isEmpty)
    }
}
