/// Packets lost on the way, whatever the load.
public enum LossModel: Sendable, Equatable {
    case none
    /// Each with the same probability, independently.
    case independent(Double)
    /// Two states with a probability each to change to the other one before a packet, and a loss probability in each.
    case gilbertElliott(toBad: Double, toGood: Double, lossWhenGood: Double, lossWhenBad: Double)
}

/// A loss model at work.
struct LossProcess: Sendable {
    private let model: LossModel
    private var isBad = false

    init(_ model: LossModel) { self.model = model }

    mutating func loses(_ generator: inout SimulationGenerator) -> Bool {
        switch model {
        case .none: return false
        case .independent(let probability): return generator.uniform() < probability
        case .gilbertElliott(let toBad, let toGood, let good, let bad):
            if generator.uniform() < (isBad ? toGood : toBad) { isBad.toggle() }
            return generator.uniform() < (isBad ? bad : good)
        }
    }
}
