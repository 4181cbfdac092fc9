/// A wall-clock time in the 64-bit NTP format: seconds since 1900 in the upper half, the fraction in the lower.
///
/// RFC 3550 section 4.
public struct NTPTime: Comparable, Hashable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// From seconds and nanoseconds since 1970 (the Unix epoch); the nanoseconds may be more than a second or negative.
    public init(unixSeconds: Int64, nanoseconds: Int64) {
        let seconds = UInt64(bitPattern: unixSeconds &+ 2_208_988_800)
        self = NTPTime(rawValue: seconds << 32) + .nanoseconds(nanoseconds)
    }

    /// The middle 32 bits, in units of 1/65536 s: the form that LSR and DLSR use. RFC 3550 section 6.4.1.
    public var middle32: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }

    public static func < (a: NTPTime, b: NTPTime) -> Bool { a.rawValue < b.rawValue }

    public static func + (time: NTPTime, step: Duration) -> NTPTime {
        let nanoseconds = step.wholeNanoseconds
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let delta = (seconds << 32) &+ ((rest << 32) / 1_000_000_000)
        return NTPTime(rawValue: time.rawValue &+ UInt64(bitPattern: delta))
    }

    /// Rounded to the nanosecond, so that `time + step - time` is `step`. Right across the end of the era in 2036.
    public static func - (a: NTPTime, b: NTPTime) -> Duration {
        let delta = Int64(bitPattern: a.rawValue &- b.rawValue)
        let fraction = ((delta & 0xFFFF_FFFF) &* 1_000_000_000 &+ 0x8000_0000) >> 32
        return .nanoseconds((delta >> 32) &* 1_000_000_000 &+ fraction)
    }
}
