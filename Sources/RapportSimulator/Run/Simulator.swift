import RapportBase
public import RapportMedia

/// Runs scenarios in virtual time.
public enum Simulator {
    /// Interval of the samples.
    public static let sampleInterval: Duration = .milliseconds(200)

    /// Runs a scenario to its end.
    ///
    /// - Parameter estimator: makes the estimator of each call's direction, in order.
    public static func run(
        _ scenario: Scenario, seed: UInt64, estimator: (EstimatorSetting) -> any BandwidthEstimator
    ) -> RunResult {
        var world = World(scenario, seed: seed, estimator: estimator)
        return world.run()
    }
}
