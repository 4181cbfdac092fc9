/// Numbers for session ids, SSRCs and track ids; no secret is made of them. The generator xoshiro256** of Blackman
/// and Vigna, which can be copied with the state that owns it, as the system's generator handed in may not be kept.
struct SessionRandom: RandomNumberGenerator, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes its seed from `generator`.
    init(seededBy generator: inout some RandomNumberGenerator) {
        words = (generator.next(), generator.next(), generator.next(), generator.next() | 1)
    }

    mutating func next() -> UInt64 {
        let scaled = words.1 &* 5
        let result = (scaled << 7 | scaled >> 57) &* 9
        let shifted = words.1 << 17
        words.2 ^= words.0
        words.3 ^= words.1
        words.1 ^= words.2
        words.0 ^= words.3
        words.2 ^= shifted
        words.3 = words.3 << 45 | words.3 >> 19
        return result
    }

    /// A version 4 UUID in form: RFC 9562 section 5.4.
    mutating func identifier() -> String {
        let (high, low) = (next() & ~0xF000 | 0x4000, next() & ~(3 << 62) | 1 << 63)
        let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place == 8 || place == 12 || place == 16 || place == 20 { text += "-" }
            text.append(digit)
        }
        return text
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
