import Glibc
import RapportBase

/// The randomness of a run, which is a function of its seed on every machine.
public struct SimulationGenerator: RandomNumberGenerator, Sendable {
    private var source: SplitMix

    public init(seed: UInt64) { source = SplitMix(seed: seed) }

    /// A generator of its own for a part of the run, so that what one part draws does not move what another does.
    public init(seed: UInt64, part: Int) {
        var mixer = SimulationGenerator(seed: seed &+ UInt64(truncatingIfNeeded: part) &* 0xD1B5_4A32_D192_ED03)
        _ = mixer.next()
        source = SplitMix(seed: mixer.next())
    }

    public mutating func next() -> UInt64 { source.next() }

    /// Evenly from 0 up to but not including 1.
    mutating func uniform() -> Double { source.uniform() }

    /// Normal with mean 0 and deviation 1, cut off at `bound` deviations (RFC 8868 section 4.5: 3).
    mutating func gaussian(bound: Double) -> Double {
        while true {
            let radius = (-2 * log(1 - uniform())).squareRoot()
            let value = radius * cos(2 * Double.pi * uniform())
            if abs(value) <= bound { return value }
        }
    }

    /// Exponential with mean 1.
    mutating func exponential() -> Double { -log(1 - uniform()) }
}
