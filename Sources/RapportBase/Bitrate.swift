/// A rate in bits per second.
///
/// Rates come from estimates and from peers (REMB), so arithmetic holds at the ends of `Int` and never traps.
public struct Bitrate: Comparable, Hashable, Sendable, CustomStringConvertible {
    public var bitsPerSecond: Int

    public init(bitsPerSecond: Int) { self.bitsPerSecond = bitsPerSecond }

    public static let zero = Bitrate(bitsPerSecond: 0)
    public static func kilobits(_ value: Int) -> Bitrate { Bitrate(saturating: Double(value) * 1000) }

    /// The whole number nearest to `value` that `Int` can hold; zero for not-a-number.
    private init(saturating value: Double) {
        bitsPerSecond = value.isNaN ? 0 : Int(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }

    public var kilobits: Double { Double(bitsPerSecond) / 1000 }

    public static func < (a: Bitrate, b: Bitrate) -> Bool { a.bitsPerSecond < b.bitsPerSecond }

    public static func + (a: Bitrate, b: Bitrate) -> Bitrate {
        let (sum, overflow) = a.bitsPerSecond.addingReportingOverflow(b.bitsPerSecond)
        return Bitrate(bitsPerSecond: overflow ? (b.bitsPerSecond < 0 ? .min : .max) : sum)
    }

    public static func - (a: Bitrate, b: Bitrate) -> Bitrate {
        let (difference, overflow) = a.bitsPerSecond.subtractingReportingOverflow(b.bitsPerSecond)
        return Bitrate(bitsPerSecond: overflow ? (b.bitsPerSecond < 0 ? .max : .min) : difference)
    }

    public static func * (a: Bitrate, factor: Double) -> Bitrate {
        Bitrate(saturating: Double(a.bitsPerSecond) * factor)
    }

    /// How long `bytes` take at this rate, at most what `Int64` nanoseconds hold; zero at a rate of zero or less.
    public func duration(ofBytes bytes: Int) -> Duration {
        guard bitsPerSecond > 0, bytes > 0 else { return .zero }
        let rate = UInt64(bitsPerSecond)
        let product = UInt64(bytes).multipliedFullWidth(by: 8_000_000_000)
        guard product.high < rate else { return .nanoseconds(Int64.max) }
        return .nanoseconds(Int64(clamping: rate.dividingFullWidth(product).quotient))
    }

    public var description: String { "\(bitsPerSecond) bit/s" }
}
