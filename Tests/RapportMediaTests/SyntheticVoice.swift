import RapportBase

/// Something with the pitch of a voice that never pauses: pulses of a wandering period through a resonance.
enum SyntheticVoice {
    /// Four seconds; packets go round in them.
    static let samples: [Int16] = {
        var generator = SeededGenerator(seed: 11)
        var (phase, pitch, last, before) = (0.0, 140.0, 0.0, 0.0)
        return (0..<192_000).map { index in
            if index % 4800 == 0 { pitch = max(85, min(230, pitch + .random(in: -25...25, using: &generator))) }
            phase += pitch / 48_000
            var source = Double.random(in: -0.01...0.01, using: &generator)
            if phase >= 1 {
                phase -= 1
                source += 1
            }
            // A pole pair at 700 Hz, 120 Hz wide.
            let value = source + 1.976 * last - 0.984_4 * before
            (before, last) = (last, value)
            return Int16(max(-30_000, min(30_000, value * 1_200)))
        }
    }()

    static func packet(_ index: Int) -> ArraySlice<Int16> {
        let start = ((index % 200) + 200) % 200 * 960
        return samples[start..<start + 960]
    }
}
