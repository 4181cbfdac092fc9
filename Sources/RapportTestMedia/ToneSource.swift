public import RapportBase

/// Endless sound in which every moment can be told apart: a `ToneMark` names each half second, and a chirp under it,
/// different in every slot of ten minutes, fixes the sample within.
public struct ToneSource: Sendable {
    /// Slot with which block 0 begins.
    public let firstSlot: Int
    /// 1 or 2; the second channel is the first at half the level.
    public let channels: Int

    private static let chirpAmplitude = 5000.0

    public init(firstSlot: Int = 0, channels: Int = 1) {
        precondition(channels == 1 || channels == 2, "sound has one or two channels")
        self.firstSlot = firstSlot
        self.channels = channels
    }

    /// Block `index` of 10 ms at 48 kHz; the same for the same index.
    public func block(_ index: Int) -> AudioFrame {
        // A slot is whole blocks long, so a block lies in one slot.
        let slot = firstSlot + index * 480 / ToneMark.slotSamples
        let position = index * 480 % ToneMark.slotSamples
        var values = Self.chirp(slot: slot, position: position)
        ToneMark.add(slot: slot, position: position, to: &values)
        var samples: [Int16] = []
        samples.reserveCapacity(480 * channels)
        for value in values {
            samples.append(Int16(clamping: Int(value.rounded())))
            if channels == 2 { samples.append(Int16(clamping: Int((value / 2).rounded()))) }
        }
        return AudioFrame(samples: samples, sampleRate: 48_000, channels: channels)
    }

    /// 480 values of a linear sweep between two frequencies of 200 to 1000 Hz that the slot's number picks.
    private static func chirp(slot: Int, position: Int) -> [Double] {
        var generator = SplitMix(seed: UInt64(truncatingIfNeeded: slot % 1200))
        let from = 200 + Double(generator.next() % 800)
        let to = 200 + Double(generator.next() % 800)
        return (position..<position + 480).map { place in
            let seconds = Double(place) / 48_000
            let turns = from * seconds + (to - from) * seconds * seconds
            return chirpAmplitude * ToneMark.fade(place) * Trigonometry.sine(2 * Double.pi * turns)
        }
    }
}
