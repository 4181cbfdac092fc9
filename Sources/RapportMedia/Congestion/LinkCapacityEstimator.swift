/// Where overuse happened so far: a smoothed rate and its spread, in bits per second.
struct LinkCapacityEstimator: Sendable {
    private static let overuseShare = 0.05

    private(set) var estimate: Double?
    /// Variance in kbit/s, normalised by the estimate.
    private var variance = 0.4

    var upperBound: Double { estimate.map { $0 + 3 * deviation($0) } ?? .infinity }
    var lowerBound: Double { estimate.map { max($0 - 3 * deviation($0), 0) } ?? 0 }

    mutating func reset() { estimate = nil }

    mutating func overuse(at acknowledged: Double) { update(acknowledged, share: Self.overuseShare) }

    private mutating func update(_ sample: Double, share: Double) {
        let before = estimate ?? sample
        let mean = (1 - share) * before + share * sample
        estimate = mean
        let kilobits = max(mean / 1000, 1)
        let error = (mean - sample) / 1000
        variance = (1 - share) * variance + share * error * error / kilobits
        variance = min(max(variance, 0.4), 2.5)
    }

    private func deviation(_ estimate: Double) -> Double { (variance * estimate / 1000).squareRoot() * 1000 }
}
