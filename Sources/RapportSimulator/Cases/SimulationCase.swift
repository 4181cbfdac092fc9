/// A scenario with what it must show.
public struct SimulationCase: Sendable, Equatable {
    /// Its number in an RFC, or a name of ours.
    public var name: String
    public var title: String
    public var scenario: Scenario
    public var criteria: [Criterion]
    /// Part of the short run.
    public var isShort = false

    public init(_ name: String, _ title: String, _ scenario: Scenario, _ criteria: [Criterion]) {
        self.name = name
        self.title = title
        self.scenario = scenario
        self.criteria = criteria
    }

    /// Takes the figures of a run of the case's scenario.
    public func judge(_ result: RunResult) -> [Figure] {
        criteria.map { criterion in
            let value = criterion.measure.value(in: result)
            return Figure(criterion: criterion, value: value, isMet: criterion.isMet(by: value))
        }
    }
}

/// A criterion's figure in a run.
public struct Figure: Sendable, Equatable {
    public var criterion: Criterion
    /// Infinity for what never happened.
    public var value: Double
    public var isMet: Bool

    /// Of several runs of a case: each criterion's worst figure, or the median where it has no bound.
    public static func worst(of runs: [[Figure]]) -> [Figure] {
        guard let first = runs.first else { return [] }
        return first.indices.map { place in
            let sorted = runs.map { $0[place] }.sorted { $0.value < $1.value }
            switch first[place].criterion.bound {
            case .atMost: return sorted[sorted.count - 1]
            case .atLeast: return sorted[0]
            case .none: return sorted[sorted.count / 2]
            }
        }
    }
}
