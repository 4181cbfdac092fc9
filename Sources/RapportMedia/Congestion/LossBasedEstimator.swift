import RapportBase

/// Finds the pair of bandwidth and inherent loss that explains best what was lost; libwebrtc's second loss-based
/// estimator.
///
/// A packet is lost with p = i + (1 - i) * max(0, (rate - bandwidth) / rate): the path loses a share i whatever is
/// sent, and all that is sent above the bandwidth.
struct LossBasedEstimator: Sendable {
    /// What loss lets the rate do.
    enum State: Sendable, Equatable {
        case delayBased, increasing, decreasing
    }

    private struct Candidate {
        var bandwidth: Double
        var inherentLoss: Double
    }

    private static let factors = [1.02, 1.0, 0.95]
    private static let newtonStep = 0.75
    private static let (leastInherent, startInherent) = (0.001, 0.01)
    private static let (instantLoss, lossBandwidth) = (0.05, 100_000.0)
    private static let (preferredBias, logBias) = (0.0002, 0.02)
    private static let (biasThreshold, biasWidth) = (0.2, 0.002)
    private static let (windowLength, windowGrowth) = (0.3, 1.3)
    private static let (acknowledgedGrowth, slowGrowth, holdShare) = (1.5, 1.2, 1.3)
    private static let (firstHold, longestHold) = (0.3, 60.0)

    private(set) var state = State.delayBased
    private let bounds: RateBounds
    private var observations = LossObservations()
    private var best: Candidate
    private var windowStart: Timestamp?
    private var windowLimit = Double.infinity
    private var hold: (rate: Double, until: Timestamp, length: Double)?
    private var holdLength = firstHold

    init(_ bounds: RateBounds) {
        self.bounds = bounds
        best = Candidate(bandwidth: bounds.maximum.real, inherentLoss: Self.startInherent)
    }

    var isReady: Bool { observations.isReady }
    var estimate: Double { best.bandwidth }
    var averageLoss: Double { observations.averageLoss }

    /// Begins from `rate`: what the estimate was before there was enough to judge loss by.
    mutating func set(_ rate: Double) { best.bandwidth = bounds.clamp(rate) }

    /// Takes a feedback's results.
    /// - Parameters:
    ///   - delayBased: the delay-based estimate, an upper bound.
    ///   - acknowledged: what got through, nil when not known or when it says nothing since the sources were the limit.
    mutating func update(
        _ results: [PacketResult], delayBased: Double, acknowledged: Double?, at now: Timestamp
    ) {
        guard observations.add(results), isReady else {
            best.bandwidth = min(best.bandwidth, isReady ? delayBased : .infinity)
            return
        }
        let before = best.bandwidth
        let loss = observations.averageLoss
        var winner = choose(delayBased: delayBased, acknowledged: acknowledged)
        if loss > winner.inherentLoss, state != .delayBased { winner.bandwidth = min(winner.bandwidth, before) }
        winner.bandwidth = limitGrowth(winner.bandwidth, before: before, acknowledged: acknowledged, at: now)
        winner.bandwidth = min(max(winner.bandwidth, acknowledged ?? 0), upperBound(loss), delayBased)
        best = Candidate(bandwidth: bounds.clamp(winner.bandwidth), inherentLoss: winner.inherentLoss)
        enter(delayBased: delayBased, before: before, at: now)
    }

    private func choose(delayBased: Double, acknowledged: Double?) -> Candidate {
        var bandwidths = Self.factors.map { $0 * best.bandwidth }
        if let acknowledged { bandwidths.append(acknowledged) }
        if delayBased > best.bandwidth { bandwidths.append(delayBased) }
        let limit = min(windowLimit, bounds.maximum.real)
        var winner = best
        var highest = -Double.infinity
        for bandwidth in bandwidths {
            var candidate = Candidate(bandwidth: min(bandwidth, limit), inherentLoss: best.inherentLoss)
            candidate.inherentLoss = improvedLoss(candidate)
            let value = objective(candidate)
            // Of two that explain as well the higher one.
            if value > highest || (value == highest && candidate.bandwidth > winner.bandwidth) {
                (winner, highest) = (candidate, value)
            }
        }
        return winner
    }

    private func probability(_ candidate: Candidate, rate: Double) -> Double {
        var p = candidate.inherentLoss
        if rate > candidate.bandwidth { p += (1 - p) * (rate - candidate.bandwidth) / rate }
        return min(max(p, 1e-6), 1 - 1e-6)
    }

    private func improvedLoss(_ candidate: Candidate) -> Double {
        var (first, second) = (0.0, 0.0)
        for (index, piece) in observations.pieces.enumerated() {
            let p = probability(candidate, rate: piece.sendingRate)
            let (lost, passed) = (Double(piece.lostBytes) / 1000, Double(piece.sentBytes - piece.lostBytes) / 1000)
            let weight = observations.weight(index)
            first += weight * (lost / p - passed / (1 - p))
            second -= weight * (lost / (p * p) + passed / ((1 - p) * (1 - p)))
        }
        let moved = second < 0 ? candidate.inherentLoss - Self.newtonStep * first / second : candidate.inherentLoss
        let most = min(1, Self.instantLoss + Self.lossBandwidth / max(candidate.bandwidth, 1))
        return min(max(moved, Self.leastInherent), most)
    }

    private func objective(_ candidate: Candidate) -> Double {
        let distance = Self.biasThreshold - observations.averageLoss
        let kilobits = candidate.bandwidth / 1000
        let preference = Self.preferredBias * kilobits + Self.logBias * Self.logarithm(1 + kilobits)
        let bias = distance / (Self.biasWidth + abs(distance)) * preference
        var sum = 0.0
        for (index, piece) in observations.pieces.enumerated() {
            let p = probability(candidate, rate: piece.sendingRate)
            let (lost, passed) = (Double(piece.lostBytes) / 1000, Double(piece.sentBytes - piece.lostBytes) / 1000)
            let likelihood = lost * Self.logarithm(p) + passed * Self.logarithm(1 - p)
            sum += observations.weight(index) * (likelihood + bias * Double(piece.sentBytes) / 1000)
        }
        return sum
    }

    // The library of the language has no logarithm without a platform's: mantissa by series, exponent exactly.
    static func logarithm(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return 0 }
        let y = (x.significand - 1.5) / (x.significand + 1.5)
        let square = y * y
        var (term, sum) = (y, 0.0)
        for odd in stride(from: 1.0, through: 15, by: 2) {
            sum += term / odd
            term *= square
        }
        return 2 * sum + 0.405_465_108_108_164_4 + Double(x.exponent) * 0.693_147_180_559_945_3
    }

    private mutating func limitGrowth(
        _ rate: Double, before: Double, acknowledged: Double?, at now: Timestamp
    ) -> Double {
        guard rate > before, state != .delayBased else { return rate }
        var limit = rate
        if let acknowledged {
            let nearHold = hold.map { acknowledged < Self.holdShare * $0.rate } ?? false
            limit = max(before, (nearHold ? Self.slowGrowth : Self.acknowledgedGrowth) * acknowledged)
        }
        if now.seconds(since: windowStart ?? now) > Self.windowLength || windowStart == nil {
            windowStart = now
            windowLimit = Self.windowGrowth * before
        }
        if let hold, now < hold.until { limit = min(limit, max(hold.rate, before)) }
        return min(rate, limit, windowLimit)
    }

    private func upperBound(_ loss: Double) -> Double {
        loss > Self.instantLoss ? Self.lossBandwidth / (loss - Self.instantLoss) : .infinity
    }

    private mutating func enter(delayBased: Double, before: Double, at now: Timestamp) {
        if best.bandwidth >= delayBased * 0.999 {
            (state, hold, holdLength, windowLimit, windowStart) = (.delayBased, nil, Self.firstHold, .infinity, nil)
        } else if best.bandwidth < before {
            if state != .decreasing {
                hold = (best.bandwidth, now.advanced(by: holdLength), holdLength)
                holdLength = min(2 * holdLength, Self.longestHold)
            }
            state = .decreasing
            (windowLimit, windowStart) = (Self.windowGrowth * best.bandwidth, now)
        } else if best.bandwidth > before {
            state = .increasing
        }
    }
}
