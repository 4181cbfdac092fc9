import RapportBase

/// Raises the rate while delay is level, lowers it to a share of what got through when delay grows.
struct AIMDRateControl: Sendable {
    private enum State: Equatable {
        case hold, increase, decrease
    }

    private static let decreaseFactor = 0.85
    private static let floor = 5000.0

    private(set) var estimate: Double
    private(set) var hasAcknowledged = false
    /// When the rate was lowered the last time.
    private(set) var lastDecrease: Timestamp?
    private let bounds: RateBounds
    private var state = State.hold
    private var capacity = LinkCapacityEstimator()
    private var roundTrip = 0.2
    private var lastChange: Timestamp?

    init(_ bounds: RateBounds) {
        self.bounds = bounds
        estimate = bounds.start.real
    }

    mutating func update(roundTrip seconds: Double) { roundTrip = seconds }

    /// Puts the result of a probe in place of the estimate.
    mutating func set(_ rate: Double, at now: Timestamp) {
        estimate = bounds.clamp(rate)
        lastChange = now
    }

    /// Whether enough time passed since the last decrease, or so little gets through that it cannot wait.
    func mayDecrease(acknowledged: Double?, at now: Timestamp) -> Bool {
        guard let lastChange else { return true }
        let pause = acknowledged == nil ? 0.2 : min(max(roundTrip, 0.01), 0.2)
        if now.seconds(since: lastDecrease ?? lastChange) >= pause { return true }
        return acknowledged.map { $0 < 0.5 * estimate } ?? false
    }

    /// Takes the detector's word and the rate that got through, nil when not known yet.
    mutating func update(_ usage: GoogleDelayUsage, acknowledged: Double?, at now: Timestamp) {
        switch usage {
        case .normal: if state == .hold { (state, lastChange) = (.increase, now) }
        case .overuse: state = .decrease
        case .underuse: state = .hold
        }
        switch state {
        case .hold: break
        case .increase: increase(acknowledged, at: now)
        case .decrease: decrease(acknowledged, at: now)
        }
    }

    /// Halves the rate: overuse before anything is known to get through.
    mutating func halve(at now: Timestamp) {
        estimate = bounds.clamp(estimate / 2)
        (lastDecrease, lastChange) = (now, now)
    }

    private mutating func increase(_ acknowledged: Double?, at now: Timestamp) {
        if let acknowledged, acknowledged > capacity.upperBound { capacity.reset() }
        let elapsed = lastChange.map { min(max(now.seconds(since: $0), 0), 1) } ?? 0
        lastChange = now
        var grown = estimate
        if capacity.estimate != nil {
            grown += max(additiveStep, 4000) * elapsed
        } else {
            grown += max(estimate * (Self.power(1.08, elapsed) - 1), 1000)
        }
        let limit = acknowledged.map { 1.5 * $0 + 10_000 } ?? .infinity
        if estimate < limit { estimate = bounds.clamp(min(grown, limit)) }
    }

    // For exponents of at most one the first three terms of the series are exact to a part in a thousand.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        let step = (base - 1) - (base - 1) * (base - 1) / 2
        let x = exponent * step
        return 1 + x + x * x / 2
    }

    // About one average packet each response time, in bits per second each second.
    private var additiveStep: Double {
        let frame = estimate / 8 / 30
        let packets = max((frame / 1200).rounded(.up), 1)
        return frame / packets * 8 / (roundTrip + 0.1)
    }

    private mutating func decrease(_ acknowledged: Double?, at now: Timestamp) {
        let passed = acknowledged ?? estimate
        var lowered = passed * Self.decreaseFactor
        if lowered > 5000 { lowered -= 5000 }
        if lowered > estimate, let known = capacity.estimate { lowered = Self.decreaseFactor * known }
        if passed < capacity.lowerBound { capacity.reset() }
        capacity.overuse(at: passed)
        estimate = bounds.clamp(max(min(lowered, estimate), Self.floor))
        (lastDecrease, lastChange, state) = (now, now, .hold)
    }
}
