/// Delay that differs from packet to packet, on top of the propagation delay.
public enum Jitter: Sendable, Equatable {
    case none
    /// RFC 8868 section 4.5.1, "NR-BPDV": normal with `deviation`, cut off at `bound` deviations and moved so that it is
    /// never negative; without reordering a packet waits for the one before it.
    case gaussian(deviation: Duration, bound: Double, reorders: Bool)
    /// Evenly from zero to `most`.
    case uniform(most: Duration, reorders: Bool)

    var reorders: Bool {
        switch self {
        case .none: false
        case .gaussian(_, _, let reorders), .uniform(_, let reorders): reorders
        }
    }

    func draw(_ generator: inout SimulationGenerator) -> Int64 {
        switch self {
        case .none: 0
        case .gaussian(let deviation, let bound, _):
            Int64(Double(deviation.nanoseconds) * (generator.gaussian(bound: bound) + bound))
        case .uniform(let most, _): Int64(Double(most.nanoseconds) * generator.uniform())
        }
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}
