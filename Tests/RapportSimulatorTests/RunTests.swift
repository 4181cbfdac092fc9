import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Runs")
struct RunTests {
    private func crowded(_ queue: QueueDiscipline) -> Scenario {
        var scenario = Scenario(links: path(1500, queue: queue), duration: .seconds(20))
        scenario.links[0].loss = .independent(0.02)
        scenario.media = [MediaFlowConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        scenario.connections = [ConnectionConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        scenario.datagrams = [DatagramConfiguration(rate: .kilobits(200), forward: [.link(0)])]
        return scenario
    }

    @Test(
        "every packet sent arrives, is dropped, lost or still under way",
        arguments: [
            QueueDiscipline.dropTail(.time(.milliseconds(100))), .coDel(.bytes(100_000)), .fairCoDel(.bytes(60_000)),
            .pie(.bytes(100_000)),
        ])
    func conservation(_ queue: QueueDiscipline) {
        let result = fixedRun(1400, crowded(queue))
        var gone = 0
        for counters in result.linkCounters {
            #expect(
                counters.offered
                    == counters.delivered + counters.dropped + counters.policed + counters.lost + counters.queued)
            gone += counters.dropped + counters.policed + counters.lost
        }
        #expect(result.packetsSent == result.packetsArrived + gone + result.packetsUnderWay)
        #expect(result.packetsArrived > 2000)
        #expect(result.linkCounters[0].dropped > 10)
        #expect(result.linkCounters[0].lost > 10)
    }

    @Test("the same seed gives the same text, another one another text")
    func determinism() {
        func text(_ seed: UInt64) -> [UInt8] {
            var json = JSONText()
            json.beginObject()
            fixedRun(1400, crowded(.fairCoDel(.bytes(60_000))), seed: seed).write(to: &json)
            json.endObject()
            return json.bytes
        }
        let first = text(7)
        #expect(first.count > 10_000)
        #expect(first == text(7))
        #expect(first != text(8))
    }

    @Test("a full link carries exactly its rate, and delays by exactly queue, sending and way")
    func rateAndDelay() {
        var scenario = Scenario(links: path(1000, queue: .dropTail(.bytes(50_000))), duration: .seconds(10))
        scenario.datagrams = [DatagramConfiguration(rate: .kilobits(2000), forward: [.link(0)])]
        let result = fixedRun(300, scenario)
        // 1000 bytes take 8 ms: in 10 s 1250 packets end, the last one at the very end.
        #expect(result.linkCounters[0].delivered == 1250)
        // 50 wait behind the one that is being sent: the next waits for 50 and what is left of that one.
        let waits = result.waits[0].sorted(from: .seconds(2), to: .seconds(10))
        #expect(waits.last ?? 0 <= 408 && waits.first ?? 0 >= 400)
    }
}
