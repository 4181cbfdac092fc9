import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Shared air")
struct AirTests {
    private func flood(stations: Int) -> RunResult {
        var scenario = Scenario(links: [], duration: .seconds(10))
        scenario.airs = [AirConfiguration(stations: Array(0..<stations))]
        scenario.datagrams = (0..<stations).map {
            DatagramConfiguration(rate: .kilobits(60_000), forward: [.air(0, lane: $0)])
        }
        return fixedRun(300, scenario)
    }

    @Test("one station has nearly the whole rate, many pay for collisions")
    func throughput() {
        let alone = Double(flood(stations: 1).linkCounters[0].delivered * 8000) / 10
        let crowd = Double(flood(stations: 10).linkCounters[0].delivered * 8000) / 10
        #expect(alone > 42_000_000 && alone < 52_000_000)
        #expect(crowd > 15_000_000 && crowd < alone * 0.75)
    }

    @Test("no packet is lost from the books")
    func conservation() {
        let result = flood(stations: 4)
        let counters = result.linkCounters[0]
        #expect(counters.offered == counters.delivered + counters.dropped + counters.lost + counters.queued)
        #expect(
            result.packetsSent
                == result.packetsArrived + counters.dropped + counters.lost + result.packetsUnderWay)
        #expect(counters.dropped > 1000)
    }
}
