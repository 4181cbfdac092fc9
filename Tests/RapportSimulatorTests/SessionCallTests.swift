import RapportBase
import RapportMedia
import RapportSession
import Testing

@testable import RapportSimulator

@Suite("Whole sessions over simulated links")
struct SessionCallTests {
    static let names = ["start", "start-again", "rise", "fall", "loss-5", "reordering"]

    @Test("two sessions meet the targets of the model they were tuned on", arguments: names)
    func targets(name: String) throws {
        let one = try #require(SimulationCase.targets.first { $0.name == name })
        let result = try Simulator.runSessions(one.scenario, seed: 1)
        for figure in one.judge(result) { #expect(figure.isMet, "\(figure.criterion.label): \(figure.value)") }
        #expect(result.flows[0].frames > Int(one.scenario.duration.inSeconds) * 25)
    }

    @Test("a run is a function of its seed, whatever the keys are")
    func repeatable() throws {
        let scenario = try #require(SimulationCase.targets.first { $0.name == "loss-10" }).scenario
        var short = scenario
        short.duration = .seconds(10)
        let (first, second, other) = (
            try Simulator.runSessions(short, seed: 7), try Simulator.runSessions(short, seed: 7),
            try Simulator.runSessions(short, seed: 8)
        )
        #expect(first.flowSamples == second.flowSamples && first.linkSamples == second.linkSamples)
        #expect(first.flowSamples != other.flowSamples)
    }

    @Test("the baseline can be run in the same sessions, and needs longer to find new capacity")
    func baseline() throws {
        let one = try #require(SimulationCase.targets.first { $0.name == "rise" })
        let ours = one.judge(try Simulator.runSessions(one.scenario, seed: 1))
        let theirs = one.judge(try Simulator.runSessions(one.scenario, seed: 1, control: .google))
        #expect(ours[0].criterion.label == "media" && theirs[0].value > 2 * ours[0].value, "\(theirs[0].value)")
    }
}
