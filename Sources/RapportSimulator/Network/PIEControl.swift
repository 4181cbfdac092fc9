import RapportBase

/// The drop probability of PIE. RFC 8033 section 4.
struct PIEControl {
    private static let reference = 0.015
    private static let update: Int64 = 15_000_000
    private static let largestBurst = 0.150

    // Section 5.1: above this there is too much to be solved by marks.
    private static let mostMarked = 0.1

    private(set) var probability = 0.0
    var marks: Bool { probability <= Self.mostMarked }
    private var accumulated = 0.0
    private var oldDelay = 0.0
    private var delay = 0.0
    private var burst = PIEControl.largestBurst
    private var nextUpdate: Int64 = 0

    /// Whether the arriving packet is to be dropped. `delay` is what the queue holds over the rate, in seconds.
    mutating func drops(
        backlog: Int, delay: Double, at now: Timestamp, _ generator: inout SimulationGenerator
    ) -> Bool {
        advance(to: now.nanoseconds, delay: delay)
        // Section 4.2: an idle queue forgets.
        if burst > 0 { return false }
        if oldDelay < Self.reference / 2 && probability < 0.2 || backlog <= 2 * CoDelControl.largestPacket {
            return false
        }
        // Section 5.4: neither bursts of drops nor long times without one.
        accumulated += probability
        if accumulated < 0.85 { return false }
        guard accumulated >= 8.5 || generator.uniform() < probability else { return false }
        accumulated = 0
        return true
    }

    private mutating func advance(to time: Int64, delay now: Double) {
        if nextUpdate == 0 { nextUpdate = time + Self.update }
        // After a long silence nothing of the old probability is left.
        if time - nextUpdate > 10_000_000_000 { (probability, nextUpdate, delay, oldDelay) = (0, time, 0, 0) }
        while nextUpdate <= time {
            oldDelay = delay
            delay = now
            adjust()
            nextUpdate += Self.update
        }
    }

    private mutating func adjust() {
        var step = 0.125 * (delay - Self.reference) + 1.25 * (delay - oldDelay)
        step /= scale
        if probability >= 0.1, step > 0.02 { step = 0.02 }
        if delay > 0.25 { step += 0.02 }
        probability += step
        if delay == 0, oldDelay == 0 { probability *= 0.98 }
        probability = min(max(probability, 0), 1)
        burst = max(burst - Double(Self.update) / 1e9, 0)
        if probability == 0, delay < Self.reference / 2, oldDelay < Self.reference / 2 { burst = Self.largestBurst }
        if probability == 0 { accumulated = 0 }
    }

    private var scale: Double {
        switch probability {
        case ..<0.000_001: 2048
        case ..<0.000_01: 512
        case ..<0.000_1: 128
        case ..<0.001: 32
        case ..<0.01: 8
        case ..<0.1: 2
        default: 1
        }
    }
}
