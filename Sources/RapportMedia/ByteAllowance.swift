import RapportBase

/// Bytes that may leave: grows with time at a rate, shrinks by what is sent, within two bounds.
struct ByteAllowance: Sendable {
    private var bytes: Double
    private var updated = Timestamp.zero

    init(_ bytes: Double = 0) { self.bytes = bytes }

    /// The next packet may leave. What arithmetic loses of a byte keeps nobody waiting.
    var isOpen: Bool { bytes > -0.01 }

    /// Adds what `rate` gave since the last time, and keeps the sum within `bounds`.
    mutating func refill(at rate: Bitrate, within bounds: ClosedRange<Double>, now: Timestamp) {
        let elapsed = max((now - updated).inSeconds, 0)
        updated = max(updated, now)
        bytes = min(max(bytes + rate.real / 8 * elapsed, bounds.lowerBound), bounds.upperBound)
    }

    mutating func spend(_ count: Int) { bytes -= Double(count) }

    /// When the next packet may leave, at a rate above zero.
    func opening(at rate: Bitrate) -> Timestamp {
        if isOpen { return updated }
        let wait = (-bytes * 8e9 / max(rate.real, 1)).rounded(.up)
        return updated + .nanoseconds(Int64(min(wait, 3.6e12)))
    }
}
