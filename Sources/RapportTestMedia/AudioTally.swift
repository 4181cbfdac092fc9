/// The sums behind an `AudioComparisonReport`.
struct AudioTally: Sendable {
    var report = AudioComparisonReport()
    private var frames = 0
    private var snrSum = 0.0
    private var distanceSum = 0.0
    private var sourceEnergy = 0.0
    private var receivedEnergy = 0.0
    private var silentStretches = 0
    /// Sums for the line through (seconds, delay).
    private var (n, sumT, sumD, sumTT, sumTD) = (0.0, 0.0, 0.0, 0.0, 0.0)

    mutating func addWindow(_ match: DelayFinder.Match?) {
        let time = Double(report.windows)
        report.windows += 1
        guard let match else { return }
        report.alignedWindows += 1
        report.delaySamples = match.delay
        report.shortestDelaySamples = min(report.shortestDelaySamples ?? match.delay, match.delay)
        report.longestDelaySamples = max(report.longestDelaySamples ?? match.delay, match.delay)
        n += 1
        sumT += time
        sumD += match.exactDelay
        sumTT += time * time
        sumTD += time * match.exactDelay
        guard n >= 3 else { return }
        let slope = (n * sumTD - sumT * sumD) / (n * sumTT - sumT * sumT)
        report.driftPartsPerMillion = slope / Double(AudioComparison.window) * 1e6
    }

    /// Takes the mean squares of one stretch of 5 ms.
    mutating func addStretch(source: Double, received: Double) {
        if source > AudioComparison.soundEnergy, received * AudioComparison.missingRatio < source {
            silentStretches += 1
        } else {
            endGap()
        }
    }

    mutating func endGap() {
        if silentStretches > AudioComparison.shortestGap {
            let length = Duration.milliseconds(5 * silentStretches)
            report.gaps += 1
            report.longestGap = max(report.longestGap, length)
            report.totalGap += length
        }
        silentStretches = 0
    }

    mutating func addFrame(source: Double, received: Double, error: Double, distance: Double) {
        frames += 1
        snrSum += error > 0 ? max(-10, min(35, Trigonometry.decibels(source / error))) : 35
        distanceSum += distance
        sourceEnergy += source
        receivedEnergy += received
        report.segmentalSNR = snrSum / Double(frames)
        report.spectralDistance = distanceSum / Double(frames)
        report.levelDifference = Trigonometry.decibels(max(receivedEnergy, 1e-9) / sourceEnergy)
    }
}
