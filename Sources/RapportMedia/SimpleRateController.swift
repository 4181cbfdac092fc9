public import RapportBase

/// Target rate from reported loss and the receiver's own limit, until a delay-based estimator takes its place.
///
/// More than 10 % loss lowers the rate by half the loss share, less than 2 % raises it by 8 % a second, between the
/// two it stays. This is the loss-based rule of draft-ietf-rmcat-gcc section 6.
public struct SimpleRateController: Sendable {
    public let minimum: Bitrate
    public let maximum: Bitrate
    private var estimate: Bitrate
    private var receiverLimit: Bitrate?
    private var lastDecrease: Timestamp?
    private var lastUpdate: Timestamp?
    private var roundTrip: Duration = .milliseconds(100)

    public init(minimum: Bitrate, start: Bitrate, maximum: Bitrate) {
        precondition(minimum <= maximum && minimum > .zero, "the least rate is above zero and at most the largest")
        self.minimum = minimum
        self.maximum = maximum
        estimate = min(max(start, minimum), maximum)
    }

    /// What may be sent now, all streams together.
    public var target: Bitrate { max(min(estimate, receiverLimit ?? maximum), minimum) }

    public mutating func update(roundTrip: Duration) { self.roundTrip = max(roundTrip, .zero) }

    /// Takes the loss share (0...1) of a report interval.
    public mutating func update(fractionLost: Double, at now: Timestamp) {
        let elapsed = min(now - (lastUpdate ?? now), .seconds(1))
        lastUpdate = now
        if fractionLost > 0.1 {
            decrease(by: min(fractionLost, 1), at: now)
        } else if fractionLost < 0.02 {
            // From the rate in use: a cap by the receiver must not let the estimate run away behind it.
            let grown = target * (1 + 0.08 * max(elapsed.inSeconds, 0)) + Bitrate(bitsPerSecond: 1000)
            estimate = min(max(grown, minimum), maximum)
        }
    }

    /// Takes a receiver estimated maximum bitrate; it holds until the next one.
    public mutating func update(receiverLimit limit: Bitrate) { receiverLimit = limit }

    private mutating func decrease(by loss: Double, at now: Timestamp) {
        // What was sent before the last decrease can still be reported lost: react once per round trip.
        if let lastDecrease, now - lastDecrease < .milliseconds(300) + roundTrip { return }
        lastDecrease = now
        estimate = max(target * (1 - 0.5 * loss), minimum)
    }
}
