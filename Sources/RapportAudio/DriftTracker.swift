/// The clock difference between loudspeaker and microphone: while it is uncompensated the adaptive filter lags behind
/// the true path, and the error shows that lag as a share of the echo estimate's slope.
struct DriftTracker {
    /// Parts per million by which the loudspeaker's clock is faster.
    private(set) var ppm: Double = 0
    private var product: Float = 0
    private var slopePower: Float = 0
    private(set) var lag: Float = 0

    /// One block's error and echo estimate; `trust` in 0...1 says how well the filter models the path.
    mutating func note(error: UnsafePointer<Float>, estimate: UnsafePointer<Float>, trust: Float) {
        var product: Float = 0, power: Float = 0
        for i in 1..<(EchoGeometry.hop - 1) {
            let slope = 0.5 * (estimate[i + 1] - estimate[i - 1])
            product += error[i] * slope
            power += slope * slope
        }
        let keep: Float = 0.96
        self.product = keep * self.product + (1 - keep) * product
        slopePower = keep * slopePower + (1 - keep) * power
        guard trust > 0, power > 1e-9, slopePower > 0 else { return }
        lag = max(-1, min(1, self.product / slopePower))
        ppm = max(-160, min(160, ppm + Double(trust * lag)))
    }

    /// The path changed: the lag so far says nothing any more.
    mutating func forgetLag() {
        product = 0
        slopePower = 0
    }
}
