import RapportBase

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix

extension SplitMix {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    mutating func ssrc() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}
