/// A xorshift generator for comfort noise: the same seed gives the same noise.
struct SeededNoise {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    /// A number in -1..<1.
    @inline(__always)
    mutating func next() -> Float {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Float(Int32(truncatingIfNeeded: state >> 32)) * (1 / 2_147_483_648)
    }
}
