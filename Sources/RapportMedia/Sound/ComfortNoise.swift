/// Noise like the background, for moments in which the line has been gone so long that nothing better is known.
struct ComfortNoise: Sendable {
    private var state: UInt64
    private var last: Float = 0

    init(seed: UInt64) { state = seed | 1 }

    /// Appends one sample of a floor.
    mutating func next(_ floor: NoiseFloor) -> Int16 {
        // xorshift64: even enough for noise, and the same from the same seed.
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let white = Float(Int32(truncatingIfNeeded: state)) * (1.732 / 2_147_483_648)
        last = floor.colour * last + (1 - floor.colour * floor.colour).squareRoot() * white
        return Int16(max(-32_768, min(32_767, last * floor.level * 0.7)))
    }
}
