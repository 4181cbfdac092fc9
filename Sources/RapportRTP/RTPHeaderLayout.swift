public import RapportBase

/// Where a packet lies in the arena it was appended to, so that what is known only when it is sent can be written
/// then. All offsets count from the arena's start.
public struct RTPHeaderLayout: Sendable, Equatable {
    /// First byte of the packet.
    public var start: Int
    /// First of the two bytes of the transport sequence number, when the packet has one.
    public var transportSequenceOffset: Int?
    /// First of the three bytes of the absolute sending time, when the packet has one.
    public var absoluteSendTimeOffset: Int?
    /// First byte behind the header.
    public var payloadStart: Int

    public init(start: Int, transportSequenceOffset: Int?, absoluteSendTimeOffset: Int?, payloadStart: Int) {
        self.start = start
        self.transportSequenceOffset = transportSequenceOffset
        self.absoluteSendTimeOffset = absoluteSendTimeOffset
        self.payloadStart = payloadStart
    }

    /// Writes the transport sequence number into its place; without one, nothing happens.
    public func stamp(transportSequenceNumber number: SequenceNumber, in bytes: inout [UInt8]) {
        guard let offset = transportSequenceOffset else { return }
        bytes.replace(uint16: number.rawValue, at: offset)
    }

    /// Writes the absolute sending time (24 bits) into its place; without one, nothing happens.
    public func stamp(absoluteSendTime time: UInt32, in bytes: inout [UInt8]) {
        guard let offset = absoluteSendTimeOffset else { return }
        bytes[offset] = UInt8(truncatingIfNeeded: time >> 16)
        bytes.replace(uint16: UInt16(truncatingIfNeeded: time), at: offset + 1)
    }
}
