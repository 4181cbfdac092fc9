import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("What left without a number")
struct UnreportedTests {
    // 200 bytes each 20 ms with a number, and `unreported` bytes before each.
    private func history(unreported: Double) -> ArrivalHistory {
        var history = ArrivalHistory()
        for step in 0..<100 {
            let sent = Double(step) * 0.02
            history.append(
                ArrivalHistory.Entry(
                    sent: sent, arrival: sent + 0.03, bytes: 200 + unreported, queue: 0, before: unreported))
        }
        return history
    }

    @Test("it counts where rates of what went in and came out are taken")
    func rates() throws {
        let plain = try #require(history(unreported: 0).rates(window: 0.4))
        let beside = try #require(history(unreported: 1000).rates(window: 0.4))
        #expect((79_000...81_000).contains(plain.sent) && (79_000...81_000).contains(plain.delivered))
        #expect((475_000...485_000).contains(beside.sent) && (475_000...485_000).contains(beside.delivered))
    }

    @Test("it is under way until the packet behind it was reported on")
    func underWay() {
        var history = SentPacketHistory()
        for number in 0..<4 as Range<Int64> {
            history.insert(
                SentPacket(
                    number: number, bytes: 100, sentAt: .milliseconds(number), kind: .audio,
                    unreported: number == 2 ? 1500 : 0))
        }
        #expect(history.bytesUnderWay == 1900)
        _ = history.take(2, arrival: .milliseconds(50))
        #expect(history.bytesUnderWay == 300)
    }

    /// The rate after 10 s of sound with data on a path without a queue.
    private func rate(unreported: Int) -> Bitrate {
        let bounds = RateBounds(minimum: .kilobits(30), start: .kilobits(300), maximum: .kilobits(2000))
        var estimator = RapportEstimator(bounds)
        for number in 0..<500 as Range<Int64> {
            let sent = Timestamp.milliseconds(number * 20)
            let packet = SentPacket(number: number, bytes: 150, sentAt: sent, kind: .audio, unreported: unreported)
            estimator.packetSent(packet)
            estimator.received(
                [PacketResult(packet: packet, arrival: sent + .milliseconds(25))], at: sent + .milliseconds(50))
        }
        return estimator.decision.target
    }

    @Test("data makes use of a rate that sound alone leaves unused")
    func isUse() {
        #expect(rate(unreported: 0) <= .kilobits(300))
        #expect(rate(unreported: 700) > .kilobits(310))
    }
}
