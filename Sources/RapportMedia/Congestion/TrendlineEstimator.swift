import RapportBase

/// Fits a line through the accumulated, smoothed delay of the last groups and compares its slope with a threshold that
/// adapts to the path's noise.
struct TrendlineEstimator: Sendable {
    private struct Point {
        var arrival: Double
        var delay: Double
    }

    private static let window = 20
    private static let smoothing = 0.9
    private static let thresholdGain = 4.0
    private static let mostDeltas = 60
    private static let overuseTime = 0.010
    private static let farAboveThreshold = 15.0
    private static let (fastestRise, fastestFall) = (0.0087, 0.039)

    private(set) var usage = GoogleDelayUsage.normal
    /// In milliseconds of `slope` scaled by the number of deltas.
    private(set) var threshold = 12.5
    private(set) var slope = 0.0
    private var points: [Point] = []
    private var deltas = 0
    private var firstArrival: Timestamp?
    private var accumulated = 0.0
    private var smoothed = 0.0
    private var previousSlope = 0.0
    private var timeOver = -1.0
    private var samplesOver = 0
    private var lastUpdate: Timestamp?

    init() { points.reserveCapacity(Self.window + 1) }

    /// Takes what two groups differed by; `arrival` is that of the newer one.
    mutating func update(_ delta: InterArrivalGroups.Deltas, arrival: Timestamp) {
        let start = firstArrival ?? arrival
        firstArrival = start
        deltas = min(deltas + 1, 1000)
        accumulated += (delta.arrival - delta.send) * 1000
        smoothed = Self.smoothing * smoothed + (1 - Self.smoothing) * accumulated
        points.append(Point(arrival: arrival.seconds(since: start) * 1000, delay: smoothed))
        if points.count > Self.window { points.removeFirst() }
        if points.count == Self.window { slope = leastSquares() ?? slope }
        detect(sendDelta: delta.send, at: arrival)
    }

    private func leastSquares() -> Double? {
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.arrival } / count
        let meanY = points.reduce(0) { $0 + $1.delay } / count
        var (above, below) = (0.0, 0.0)
        for point in points {
            above += (point.arrival - meanX) * (point.delay - meanY)
            below += (point.arrival - meanX) * (point.arrival - meanX)
        }
        return below > 0 ? above / below : nil
    }

    private mutating func detect(sendDelta: Double, at time: Timestamp) {
        guard deltas >= 2 else {
            usage = .normal
            return
        }
        let modified = Double(min(deltas, Self.mostDeltas)) * slope * Self.thresholdGain
        if modified > threshold {
            timeOver = timeOver < 0 ? sendDelta / 2 : timeOver + sendDelta
            samplesOver += 1
            if timeOver > Self.overuseTime, samplesOver > 1, slope >= previousSlope {
                (timeOver, samplesOver, usage) = (0, 0, .overuse)
            }
        } else {
            (timeOver, samplesOver) = (-1, 0)
            usage = modified < -threshold ? .underuse : .normal
        }
        previousSlope = slope
        adapt(to: modified, at: time)
    }

    private mutating func adapt(to modified: Double, at time: Timestamp) {
        let elapsed = lastUpdate.map { min(max(time.seconds(since: $0), 0) * 1000, 100) } ?? 0
        lastUpdate = time
        // A spike must not make the detector deaf.
        guard abs(modified) <= threshold + Self.farAboveThreshold else { return }
        let gain = abs(modified) < threshold ? Self.fastestFall : Self.fastestRise
        threshold = min(max(threshold + gain * (abs(modified) - threshold) * elapsed, 6), 600)
    }
}
