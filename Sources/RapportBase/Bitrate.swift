/// A rate in bits per second.
public struct Bitrate: Comparable, Hashable, Sendable, CustomStringConvertible {
    public var bitsPerSecond: Int

    public init(bitsPerSecond: Int) { self.bitsPerSecond = bitsPerSecond }

    public static let zero = Bitrate(bitsPerSecond: 0)
    public static func kilobits(_ value: Int) -> Bitrate { Bitrate(bitsPerSecond: value * 1000) }

    public var kilobits: Double { Double(bitsPerSecond) / 1000 }

    public static func < (a: Bitrate, b: Bitrate) -> Bool { a.bitsPerSecond < b.bitsPerSecond }
    public static func + (a: Bitrate, b: Bitrate) -> Bitrate { Bitrate(bitsPerSecond: a.bitsPerSecond + b.bitsPerSecond) }
    public static func - (a: Bitrate, b: Bitrate) -> Bitrate { Bitrate(bitsPerSecond: a.bitsPerSecond - b.bitsPerSecond) }
    public static func * (a: Bitrate, factor: Double) -> Bitrate {
        Bitrate(bitsPerSecond: Int(Double(a.bitsPerSecond) * factor))
    }

    /// How long `bytes` take at this rate; zero at a rate of zero or less.
    public func duration(ofBytes bytes: Int) -> Duration {
        bitsPerSecond > 0 ? .nanoseconds(Int64(bytes) * 8_000_000_000 / Int64(bitsPerSecond)) : .zero
    }

    public var description: String { "\(bitsPerSecond) bit/s" }
}
