/// The number of a half-second slot, mixed into sound as three quiet tones that survive Opus at a low rate.
///
/// Tone frequencies are whole multiples of 100 Hz, so every 10 ms block at 48 kHz holds whole cycles of all of them
/// and they do not leak into one another. Group A (1200 to 1900 Hz) carries slot mod 8, group B (2000 to 2700 Hz)
/// slot / 8, group C (2800 to 3500 Hz) the check digit (a + 3b) mod 8: where speech outshouts one tone the check
/// fails and the slot reads as unknown, not as another.
public enum ToneMark {
    /// Slots wrap at 64: 32 s.
    public static let slots = 64
    /// 500 ms at 48 kHz.
    public static let slotSamples = 24_000
    /// Peak of each of the three tones.
    public static let amplitude = 1000.0

    /// Samples of fade at each end of a slot, so that tones do not click.
    static let fadeSamples = 480
    static let groups = 3
    static let digits = 8

    /// Frequencies of a slot in Hz.
    public static func frequencies(slot: Int) -> [Int] {
        let (a, b, c) = digits(of: slot)
        return [1200 + 100 * a, 2000 + 100 * b, 2800 + 100 * c]
    }

    static func digits(of slot: Int) -> (Int, Int, Int) {
        let value = ((slot % slots) + slots) % slots
        let (a, b) = (value % digits, value / digits)
        return (a, b, (a + 3 * b) % digits)
    }

    static func slot(a: Int, b: Int, c: Int) -> Int? { (a + 3 * b) % digits == c ? a + digits * b : nil }

    /// Adds the three tones of `slot`, from `position` samples after its start, to values in full-scale steps.
    static func add(slot: Int, position: Int, to values: inout [Double]) {
        for frequency in frequencies(slot: slot) {
            let step = frequency / 100
            var place = position * step % ToneTable.period
            for index in values.indices {
                values[index] += ToneTable.sine[place] * amplitude * fade(position + index)
                place += step
                if place >= ToneTable.period { place -= ToneTable.period }
            }
        }
    }

    static func fade(_ position: Int) -> Double {
        let edge = min(position, slotSamples - 1 - position)
        guard edge < fadeSamples else { return 1 }
        return 0.5 - 0.5 * Trigonometry.cosine(Double.pi * Double(edge) / Double(fadeSamples))
    }

    /// Mixes marks into mono sound at 48 kHz.
    /// - Parameters:
    ///   - firstSample: place of the first sample in the whole sound.
    ///   - firstSlot: slot that begins at place 0.
    public static func mix(into samples: inout [Int16], firstSample: Int = 0, firstSlot: Int = 0) {
        var start = 0
        while start < samples.count {
            let place = firstSample + start
            let count = min(samples.count - start, slotSamples - place % slotSamples)
            var values = [Double](repeating: 0, count: count)
            add(slot: firstSlot + place / slotSamples, position: place % slotSamples, to: &values)
            for index in 0..<count {
                samples[start + index] = Int16(clamping: Int(samples[start + index]) + Int(values[index].rounded()))
            }
            start += count
        }
    }
}

/// One cycle of 100 Hz at 48 kHz: every tone of `ToneMark` steps through it in whole strides.
enum ToneTable {
    static let period = 480
    static let sine: [Double] = (0..<period).map { Trigonometry.sine(2 * Double.pi * Double($0) / Double(period)) }
    static let cosine: [Double] = (0..<period).map { Trigonometry.cosine(2 * Double.pi * Double($0) / Double(period)) }
}
