public import Rapport
public import RapportBase
import RapportMedia

/// One remote person's sound on its way to the loudspeaker, where up to six are mixed.
///
/// Its queue is as long as it has to be: it is given one block more when it ran dry and one less when one was never
/// needed for five seconds.
public final class LoudspeakerSink: AudioSink, @unchecked Sendable {
    // Unchecked: used on the audio thread only.
    /// Blocks that are kept at most; more are dropped and counted.
    static let capacity = 8
    /// Blocks that are asked for ahead at most.
    static let mostAhead = 6
    /// Blocks without sound after which nobody is thought to play into it.
    private static let patience = 10
    /// Blocks after which a queue that was never empty is shortened.
    private static let window = 500

    private let pulse = AudioBeat()
    private var slots = [[Int16]](
        repeating: [Int16](repeating: 0, count: PlayoutSound.block), count: LoudspeakerSink.capacity)
    private var first = 0
    private(set) var count = 0
    /// Blocks asked for and not yet here.
    private var outstanding = 0
    private var idleBlocks = LoudspeakerSink.patience
    private var fewest = Int.max
    private var taken = 0
    private(set) var missing = 0
    private(set) var dropped = 0

    init() {}

    public var beat: AudioBeat? { pulse }

    public func play(_ frame: AudioFrame) {
        guard frame.sampleRate == 48_000, frame.samples.count == PlayoutSound.block * frame.channels else { return }
        outstanding = max(0, outstanding - 1)
        if count == Self.capacity {
            first = (first + 1) % Self.capacity
            count -= 1
            dropped += 1
        }
        store(frame, at: (first + count) % Self.capacity)
        count += 1
        // The first block of somebody new: one more is asked for ahead. The answer may come within `ask`.
        let isNew = idleBlocks >= Self.patience
        idleBlocks = 0
        if isNew { ask() }
    }

    // Two channels are heard as their mean.
    private func store(_ frame: AudioFrame, at slot: Int) {
        for index in 0..<PlayoutSound.block {
            slots[slot][index] =
                frame.channels == 1
                ? frame.samples[index]
                : Int16((Int(frame.samples[2 * index]) + Int(frame.samples[2 * index + 1])) / 2)
        }
    }

    /// Adds the next block to the mix and asks for one more.
    func give(to mixer: inout SoundMixer) {
        guard count > 0 else { return starve() }
        fewest = min(fewest, count)
        mixer.add(slots[first])
        first = (first + 1) % Self.capacity
        count -= 1
        taken += 1
        if taken >= Self.window {
            let isSpare = fewest >= 2
            (taken, fewest) = (0, .max)
            if isSpare { return }
        }
        ask()
    }

    private func starve() {
        idleBlocks = min(idleBlocks + 1, Self.patience)
        if idleBlocks >= Self.patience {
            // Nobody plays: what was asked for is forgotten, and asked again each time.
            outstanding = 0
        } else {
            missing += 1
        }
        (taken, fewest) = (0, .max)
        if outstanding < Self.mostAhead { ask() }
    }

    private func ask() {
        outstanding += 1
        pulse.strike()
    }
}
