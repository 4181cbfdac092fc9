/// A 16-bit RTP or transport-wide sequence number, compared with wrap-around. RFC 3550 section 5.1.
public struct SequenceNumber: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
    public var description: String { "\(rawValue)" }

    /// Steps from `other` to this number by the shorter way round: -32768...32767.
    public func distance(from other: SequenceNumber) -> Int {
        Int(Int16(bitPattern: rawValue &- other.rawValue))
    }

    public func isNewer(than other: SequenceNumber) -> Bool { distance(from: other) > 0 }

    public static func + (number: SequenceNumber, step: Int) -> SequenceNumber {
        SequenceNumber(number.rawValue &+ UInt16(truncatingIfNeeded: step))
    }

    public static func - (number: SequenceNumber, step: Int) -> SequenceNumber { number + -step }

    public static func += (number: inout SequenceNumber, step: Int) { number = number + step }
}

/// Turns 16-bit sequence numbers into a 64-bit count that never wraps.
///
/// The count begins at the first number seen; a number from before that one, across zero, comes out negative.
public struct SequenceUnwrapper: Sendable {
    private var last: Int64?

    public init() {}

    /// The 64-bit number nearest to the newest one seen; a number from before moves nothing.
    public mutating func unwrap(_ number: SequenceNumber) -> Int64 {
        guard let last else {
            self.last = Int64(number.rawValue)
            return Int64(number.rawValue)
        }
        let step = number.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: last)))
        let value = last + Int64(step)
        if step > 0 { self.last = value }
        return value
    }
}

/// Media time of a packet in units of its payload's clock (48 kHz for Opus, 90 kHz for video). RFC 3550 section 5.1.
public struct RTPTimestamp: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    public var description: String { "\(rawValue)" }

    /// Ticks from `other` to this one by the shorter way round.
    public func distance(from other: RTPTimestamp) -> Int {
        Int(Int32(bitPattern: rawValue &- other.rawValue))
    }

    public func isNewer(than other: RTPTimestamp) -> Bool { distance(from: other) > 0 }

    public static func + (time: RTPTimestamp, ticks: Int) -> RTPTimestamp {
        RTPTimestamp(time.rawValue &+ UInt32(truncatingIfNeeded: ticks))
    }
}

/// Turns 32-bit RTP timestamps into a 64-bit count that never wraps.
public struct RTPTimestampUnwrapper: Sendable {
    private var last: Int64?

    public init() {}

    public mutating func unwrap(_ time: RTPTimestamp) -> Int64 {
        guard let last else {
            self.last = Int64(time.rawValue)
            return Int64(time.rawValue)
        }
        let step = time.distance(from: RTPTimestamp(UInt32(truncatingIfNeeded: last)))
        let value = last + Int64(step)
        if step > 0 { self.last = value }
        return value
    }
}
