import RapportBase

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix

extension SplitMix {
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    /// Twelve uniform numbers less their mean are close enough to a normal distribution.
    mutating func normal(_ deviation: Double) -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double.random(in: 0..<1, using: &self) }
        return sum * deviation
    }
}
