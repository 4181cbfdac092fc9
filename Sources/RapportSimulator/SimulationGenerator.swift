import Glibc

/// The randomness of a run: SplitMix64, so that a run is a function of its seed on every machine.
public struct SimulationGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A generator of its own for a part of the run, so that what one part draws does not move what another does.
    public init(seed: UInt64, part: Int) {
        var mixer = SimulationGenerator(seed: seed &+ UInt64(truncatingIfNeeded: part) &* 0xD1B5_4A32_D192_ED03)
        _ = mixer.next()
        state = mixer.next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 up to but not including 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

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
