import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Cases")
struct CaseTests {
    @Test("names are unique, windows lie within the run and every way leads over what is there")
    func sanity() {
        let cases = SimulationCase.all
        #expect(Set(cases.map(\.name)).count == cases.count)
        #expect(cases.count > 60)
        for one in cases {
            let scenario = one.scenario
            var ways = scenario.media.flatMap { [$0.forward, $0.reverse] }
            ways += scenario.connections.flatMap { [$0.forward, $0.reverse] } + scenario.datagrams.map(\.forward)
            #expect(!one.criteria.isEmpty && !ways.isEmpty, "\(one.name)")
            for hop in ways.joined() {
                switch hop {
                case .link(let index): #expect(scenario.links.indices.contains(index), "\(one.name)")
                case .air(let index, let lane):
                    #expect(scenario.airs.indices.contains(index), "\(one.name)")
                    #expect(scenario.airs[index].stations.indices.contains(lane), "\(one.name)")
                }
            }
        }
    }

    @Test("a fixed rate is judged as it deserves")
    func judging() throws {
        let cases = SimulationCase.all
        let start = try #require(cases.first { $0.name == "start" })
        let good = start.judge(fixedRun(1700, start.scenario))
        #expect(good.allSatisfy { $0.isMet })
        let bad = start.judge(fixedRun(700, start.scenario))
        #expect(!bad[0].isMet && bad[0].value == .infinity)
        let fall = try #require(cases.first { $0.name == "fall" })
        let deaf = fall.judge(fixedRun(1600, fall.scenario))
        #expect(deaf.prefix(3).allSatisfy { !$0.isMet })
        // 75 kB at 0.6 Mbps are a second.
        #expect(deaf[1].value > 950 && deaf[1].value < 1050)
        let steady = try #require(cases.first { $0.name == "steady-1000" })
        let tight = steady.judge(fixedRun(970, steady.scenario))
        #expect(tight[0].value > 0.95 && tight[0].value < 1)
    }

    @Test("figures of logs made by hand")
    func measures() {
        var bytes = ByteLog()
        for tick in 1...100 { bytes.add(1000, at: .milliseconds(Int64(tick) * 100)) }
        #expect(bytes.rate(from: .seconds(1), to: .seconds(2)) == 80_000)
        #expect(bytes.bytes(from: .zero, to: .milliseconds(99)) == 0)
        var rates = RateLog()
        rates.note(.kilobits(100), at: .seconds(1))
        rates.note(.kilobits(300), at: .seconds(2))
        #expect(rates.rate(at: .milliseconds(500)) == 0)
        #expect(rates.rate(at: .milliseconds(1500)) == 100_000)
        #expect(rates.mean(from: .seconds(1), to: .seconds(3)) == 200_000)
        #expect(RunResult.percentile(0.95, of: (1...100).map(Double.init)) == 95)
        #expect(RunResult.percentile(1, of: [3, 4]) == 4)
        #expect(RunResult.percentile(0.5, of: []) == 0)
    }
}
