public import RapportBase

/// The least transit time (arrival minus media time, with an unknown constant) of a sliding window.
///
/// The window is cut into slices that each keep their minimum, so it takes constant memory and follows a clock that
/// drifts or a path that changes one slice at a time.
public struct TransitBaseline: Sendable {
    private let slice: Int64
    private var minima: [Int64]
    private var newestSlice: Int64 = .min
    private static var empty: Int64 { .max }

    /// - Parameters:
    ///   - window: how far back a minimum is remembered.
    ///   - slices: parts the window is cut into.
    public init(window: Duration, slices: Int) {
        precondition(slices > 0 && window > .zero, "a window has at least one slice")
        slice = max(window.wholeNanoseconds / Int64(slices), 1)
        minima = Array(repeating: Self.empty, count: slices)
    }

    /// The least transit in nanoseconds; nil before the first packet.
    public var minimum: Int64? {
        let value = minima.min() ?? Self.empty
        return value == Self.empty ? nil : value
    }

    /// Adds a packet's transit and returns how much longer it took than the fastest of the window.
    public mutating func add(transit: Int64, at now: Timestamp) -> Duration {
        advance(to: now.nanoseconds / slice)
        let index = Int(newestSlice % Int64(minima.count))
        minima[index] = min(minima[index], transit)
        return .nanoseconds(transit &- (minimum ?? transit))
    }

    public mutating func removeAll() {
        newestSlice = .min
        for index in minima.indices { minima[index] = Self.empty }
    }

    private mutating func advance(to current: Int64) {
        guard newestSlice != .min else { return newestSlice = max(current, 0) }
        guard current > newestSlice else { return }
        // The old slices fall out only as far as time passed; after a silence of a whole window the newest one is
        // kept, so that the first packet after it still has something to be compared with.
        let steps = min(current - newestSlice, Int64(minima.count))
        let last = minima[Int(newestSlice % Int64(minima.count))]
        for step in 1...steps { minima[Int((newestSlice + step) % Int64(minima.count))] = Self.empty }
        if steps == Int64(minima.count) { minima[Int(current % Int64(minima.count))] = last }
        newestSlice = current
    }
}
