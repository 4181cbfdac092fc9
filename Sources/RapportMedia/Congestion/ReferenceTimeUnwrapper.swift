import RapportBase

/// Turns the reference time of transport-wide feedback (24 bits, units of 64 ms) into a time that never wraps.
/// draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
struct ReferenceTimeUnwrapper: Sendable {
    private var last: Int64?

    /// The receiver's clock at `reference`; the time nearest to the one before.
    mutating func unwrap(_ reference: Int32) -> Timestamp {
        let wire = Int64(reference & 0xFF_FFFF)
        guard let last else {
            self.last = wire
            return time(wire)
        }
        var step = (wire &- last) & 0xFF_FFFF
        if step >= 0x80_0000 { step -= 0x100_0000 }
        let value = last + step
        self.last = value
        return time(value)
    }

    private func time(_ units: Int64) -> Timestamp { .milliseconds(units &* 64) }
}
