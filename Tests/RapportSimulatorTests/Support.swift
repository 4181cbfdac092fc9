import RapportBase
import RapportMedia
@testable import RapportSimulator

/// A single call at a fixed rate over one link.
func fixedRun(_ rate: Int, _ scenario: Scenario, seed: UInt64 = 1) -> RunResult {
    Simulator.run(scenario, seed: seed) { _ in FixedRateEstimator(rate: .kilobits(rate)) }
}

/// A link with this rate and the way back, 25 ms each.
func path(_ kilobits: Int, queue: QueueDiscipline) -> [LinkConfiguration] {
    [
        LinkConfiguration(rate: .constant(.kilobits(kilobits)), queue: queue, delay: .milliseconds(25)),
        LinkConfiguration(delay: .milliseconds(25)),
    ]
}
