public import RapportBase

/// Round-trip time from the LSR and DLSR fields of report blocks. RFC 3550 section 6.4.1.
public struct RoundTripEstimator: Sendable {
    /// The newest measurement; nil before the first.
    public private(set) var latest: Duration?
    /// Smoothed like TCP's: an eighth of each new measurement.
    public private(set) var smoothed: Duration?
    /// The least measured so far.
    public private(set) var minimum: Duration?
    /// Sum of all measurements, and how many there were; webrtc-stats names.
    public private(set) var totalRoundTripTime: Duration = .zero
    public private(set) var measurements: UInt64 = 0
    /// Report blocks that made no sense: older than a minute, or from the future.
    public private(set) var ignored: UInt64 = 0

    public init() {}

    /// Takes LSR and DLSR of a block about our stream; `now` is this side's wall clock at its arrival.
    /// - Returns: the measurement, nil when the block carries none or nonsense.
    @discardableResult
    public mutating func receive(
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32, now: NTPTime
    ) -> Duration? {
        // RFC 3550 section 6.4.1: LSR is zero when no sender report has been received.
        guard lastSenderReport != 0 else { return nil }
        let units = Int64(Int32(bitPattern: now.middle32 &- lastSenderReport &- delaySinceLastSenderReport))
        // The fields are cut to 1/65536 s: a round trip shorter than their error may come out just below zero.
        guard units > -64, units < 60 << 16, delaySinceLastSenderReport < 1 << 31 else {
            ignored += 1
            return nil
        }
        return add(.nanoseconds((max(units, 0) * 1_000_000_000) >> 16))
    }

    /// Takes a measurement made in another way, e.g. from transport-wide feedback.
    @discardableResult
    public mutating func add(_ measured: Duration) -> Duration {
        let value = max(measured, .microseconds(100))
        latest = value
        smoothed = smoothed.map { $0 + (value - $0) / 8 } ?? value
        minimum = min(minimum ?? value, value)
        totalRoundTripTime += value
        measurements += 1
        return value
    }
}
