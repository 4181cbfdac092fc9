import RapportBase
import RapportMedia
import Testing

@testable import RapportSimulator

@Suite("Active queue management")
struct QueueManagementTests {
    /// Datagrams at 1.2 Mbps into 1 Mbps.
    private func overload(_ queue: QueueDiscipline, kilobits: Int = 1200) -> RunResult {
        var scenario = Scenario(links: path(1000, queue: queue), duration: .seconds(60))
        scenario.datagrams = [DatagramConfiguration(rate: .kilobits(kilobits), forward: [.link(0)])]
        return fixedRun(300, scenario)
    }

    private func tail(_ result: RunResult) -> Double {
        RunResult.percentile(0.95, of: result.waits[0].sorted(from: .seconds(30), to: .seconds(60)))
    }

    @Test("CoDel leaves a queue of 100 ms alone, then drops ever faster until the excess is gone")
    func coDel() {
        let result = overload(.coDel(.bytes(1_000_000)))
        let dropped = result.linkSamples[0].map(\.dropped)
        // It takes 25 ms to have a queue of 5 ms, then one interval.
        #expect(dropped[0] <= 1)
        let (early, late) = (dropped[0..<4].reduce(0, +), dropped[250..<254].reduce(0, +))
        #expect(early < late)
        // 25 packets a second are too many, in the end all of them are dropped.
        let last = dropped.suffix(50).reduce(0, +)
        #expect(last > 200 && last < 320)
        #expect(tail(result) < 1000)
    }

    @Test("CoDel keeps the queue of one TCP connection near its target, where drop-tail fills it")
    func coDelWithTCP() {
        func queue(_ discipline: QueueDiscipline) -> (p50: Double, rate: Double) {
            var scenario = Scenario(links: path(10_000, queue: discipline), duration: .seconds(40))
            scenario.connections = [ConnectionConfiguration(forward: [.link(0)], reverse: [.link(1)])]
            let result = fixedRun(300, scenario)
            let waits = result.waits[0].sorted(from: .seconds(20), to: .seconds(40))
            return (
                RunResult.percentile(0.5, of: waits),
                result.connections[0].delivered.rate(from: .seconds(20), to: .seconds(40))
            )
        }
        let managed = queue(.coDel(.bytes(400_000)))
        let full = queue(.dropTail(.bytes(400_000)))
        #expect(managed.p50 < 30 && full.p50 > 150)
        #expect(managed.rate > 8_500_000)
    }

    @Test("PIE holds the delay of an overloaded queue near 15 ms by dropping the excess")
    func pie() {
        let result = overload(.pie(.bytes(1_000_000)))
        #expect(tail(result) < 60)
        let share = Double(result.linkCounters[0].dropped) / Double(result.linkCounters[0].offered)
        #expect(share > 0.14 && share < 0.2)
    }

    @Test("PIE drops nothing of what fits")
    func pieIdle() {
        #expect(overload(.pie(.bytes(1_000_000)), kilobits: 950).linkCounters[0].dropped == 0)
    }

    @Test(
        "a queue that marks loses none of a call's packets and the estimator hears of the marks",
        arguments: [QueueDiscipline.coDel(.bytes(1_000_000)), .fairCoDel(.bytes(1_000_000)), .pie(.bytes(1_000_000))])
    func marking(_ queue: QueueDiscipline) {
        var scenario = Scenario(links: path(1000, queue: queue), duration: .seconds(60))
        scenario.media = [MediaFlowConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        let dropping = fixedRun(1040, scenario)
        #expect(dropping.linkCounters[0].dropped > 5 && dropping.flows[0].markedPackets == 0)
        scenario.links[0].marks = true
        let told = Tally()
        let marking = Simulator.run(scenario, seed: 1) { _ in
            MarkCounter(fixed: FixedRateEstimator(rate: .kilobits(1040)), told: told)
        }
        // RFC 8033 section 5.1: marks that are not heeded give way to drops above a probability of 0.1.
        // Nobody heeds these, so that as many are dropped in the end; but the first ones are marked.
        if case .pie = queue {
            #expect(marking.linkCounters[0].dropped < dropping.linkCounters[0].dropped * 3 / 2)
        } else {
            #expect(marking.linkCounters[0].dropped == 0)
        }
        #expect(marking.flows[0].markedPackets >= 5)
        // All but those of the last feedback.
        #expect(told.count > marking.flows[0].markedPackets / 2 && told.count <= marking.flows[0].markedPackets)
    }

    @Test("FQ-CoDel protects a thin flow from a flood")
    func isolation() {
        var scenario = Scenario(links: path(1000, queue: .fairCoDel(.bytes(200_000))), duration: .seconds(30))
        scenario.datagrams = [DatagramConfiguration(rate: .kilobits(5000), forward: [.link(0)])]
        scenario.media = [MediaFlowConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        let result = fixedRun(400, scenario)
        #expect(result.flows[0].receivedPackets > 1500)
        // Less than one in a hundred is missing, counting those under way.
        #expect(Double(result.flows[0].sentPackets - result.flows[0].receivedPackets) < 20)
        #expect(result.flows[0].freezes.delays.isEmpty)
        #expect(result.linkCounters[0].dropped > 10_000)
    }
}
