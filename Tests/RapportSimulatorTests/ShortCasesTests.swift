import RapportBase
import RapportMedia
import Testing

@testable import RapportSimulator

/// The part of `make sim` that every test run holds; `make sim SIM_OPTIONS=--short` prints it as a table.
@Suite("Cases of congestion control, in short")
struct ShortCasesTests {
    @Test("our estimator meets what breaks first", arguments: SimulationCase.all.filter(\.isShort).map(\.name))
    func met(name: String) throws {
        let one = try #require(SimulationCase.all.first { $0.name == name })
        let result = Simulator.run(one.scenario, seed: 1) { setting in
            let bounds = RateBounds(minimum: setting.minimum, start: setting.start, maximum: setting.maximum)
            return RapportEstimator(bounds, memory: nil)
        }
        for figure in one.judge(result) { #expect(figure.isMet, "\(figure.criterion.label): \(figure.value)") }
    }

    // A trial that acquits the rate here sends twice what comes through until the next: half of it was lost for 34 s.
    @Test("what a policer drops is laid to the rate, with each seed", arguments: [3, 5, 13, 15] as [UInt64])
    func policer(seed: UInt64) throws {
        let one = try #require(SimulationCase.all.first { $0.name == "policer" })
        let result = Simulator.run(one.scenario, seed: seed) { setting in
            RapportEstimator(RateBounds(minimum: setting.minimum, start: setting.start, maximum: setting.maximum))
        }
        let dropped = result.linkCounters[0]
        #expect(Double(dropped.dropped) < 0.04 * Double(dropped.offered), "\(dropped)")
        for figure in one.judge(result) { #expect(figure.isMet, "\(figure.criterion.label): \(figure.value)") }
    }

    // Which of the other flow's falls a drain coincides with decides how soon it is known: one seed says little.
    @Test(
        "beside CUBIC in a second of buffer it keeps its quarter, with each seed",
        arguments: 1...12 as ClosedRange<UInt64>)
    func besideLongQueues(seed: UInt64) throws {
        let one = try #require(SimulationCase.all.first { $0.name == "cubic-1000" })
        let result = Simulator.run(one.scenario, seed: seed) { setting in
            RapportEstimator(RateBounds(minimum: setting.minimum, start: setting.start, maximum: setting.maximum))
        }
        for figure in one.judge(result) { #expect(figure.isMet, "\(figure.criterion.label): \(figure.value)") }
    }
}
