import Foundation

/// Milliseconds since 1970, UTC; a test puts its own in place.
struct WallClock: Sendable {
    let now: @Sendable () -> Int64

    static let system = WallClock { Int64(Date().timeIntervalSince1970 * 1000) }
}
