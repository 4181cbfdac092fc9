/// A figure and what it must be.
public struct Criterion: Sendable, Equatable {
    /// The limit of a figure.
    public enum Bound: Sendable, Equatable {
        case atMost(Double)
        case atLeast(Double)
        /// Only shown.
        case none
    }

    public var label: String
    public var unit: Unit
    public var measure: Measure
    public var bound: Bound

    /// How a figure is written.
    public enum Unit: Sendable, Equatable {
        case seconds
        case milliseconds
        case share
        case count
        case kilobits
    }

    public init(_ label: String, _ unit: Unit, _ measure: Measure, _ bound: Bound = .none) {
        self.label = label
        self.unit = unit
        self.measure = measure
        self.bound = bound
    }

    func isMet(by value: Double) -> Bool {
        switch bound {
        case .atMost(let most): value <= most
        case .atLeast(let least): value >= least
        case .none: true
        }
    }
}
