/// Bounds that the sender asks for on the delay between capture and display: two 12-bit counts of 10 ms.
public struct PlayoutDelay: Sendable, Hashable {
    /// Units of 10 ms, 0...4095.
    public var minimum: UInt16
    /// Units of 10 ms, 0...4095.
    public var maximum: UInt16

    /// - Parameters: both in units of 10 ms; what is above 4095 counts as 4095.
    public init(minimum: UInt16, maximum: UInt16) {
        self.minimum = min(minimum, 0x0FFF)
        self.maximum = min(maximum, 0x0FFF)
    }

    /// From the 24 bits on the wire.
    public init(wire: UInt32) {
        self.init(
            minimum: UInt16(truncatingIfNeeded: wire >> 12) & 0x0FFF, maximum: UInt16(truncatingIfNeeded: wire) & 0x0FFF
        )
    }

    /// The 24 bits on the wire.
    public var wire: UInt32 { UInt32(min(minimum, 0x0FFF)) << 12 | UInt32(min(maximum, 0x0FFF)) }
}
