public import RapportBase

/// Reads `ToneMark`s from sound that comes in blocks of 10 ms at 48 kHz. Keeps 80 ms of partial sums, no sound.
public struct ToneMarkDetector: Sendable {
    /// Blocks that one reading looks at.
    public static let windowBlocks = 8

    /// A tone counts when it is this many times stronger (in power) than the next one of its group.
    private static let dominance = 2.0
    /// Mean power under which there is nothing to read: a tone 20 dB below the mark's own level.
    private static let leastPower = ToneMark.amplitude * ToneMark.amplitude / 4 / 100
    /// Bartlett window over the blocks: sound outside the tones leaks less into them.
    private static let weights: [Double] = [1, 2, 3, 4, 4, 3, 2, 1]
    private static let tones = ToneMark.groups * ToneMark.digits

    /// Sine and cosine sums of each tone for the last blocks, oldest first.
    private var history: [[Double]] = []

    public init() {}

    /// Takes the next 480 samples of mono sound.
    /// - Returns: the slot in the middle of the last 80 ms (40 ms before the end of this block); nil when unreadable.
    public mutating func push(_ samples: [Int16]) -> Int? {
        precondition(samples.count == ToneTable.period, "a block is 10 ms at 48 kHz")
        if history.count == Self.windowBlocks { history.removeFirst() }
        history.append(Self.correlate(samples))
        return history.count == Self.windowBlocks ? read() : nil
    }

    /// Takes the next block; of two channels it hears the first.
    public mutating func push(_ frame: AudioFrame) -> Int? {
        guard frame.channels > 1 else { return push(frame.samples) }
        return push(stride(from: 0, to: frame.samples.count, by: frame.channels).map { frame.samples[$0] })
    }

    private static func correlate(_ samples: [Int16]) -> [Double] {
        var sums = [Double](repeating: 0, count: 2 * tones)
        for tone in 0..<tones {
            let step = 12 + tone
            var place = 0
            var (sine, cosine) = (0.0, 0.0)
            for sample in samples {
                sine += Double(sample) * ToneTable.sine[place]
                cosine += Double(sample) * ToneTable.cosine[place]
                place += step
                if place >= ToneTable.period { place -= ToneTable.period }
            }
            sums[2 * tone] = sine
            sums[2 * tone + 1] = cosine
        }
        return sums
    }

    private func read() -> Int? {
        var found: [Int] = []
        for group in 0..<ToneMark.groups {
            guard let digit = strongest(in: group) else { return nil }
            found.append(digit)
        }
        return ToneMark.slot(a: found[0], b: found[1], c: found[2])
    }

    private func strongest(in group: Int) -> Int? {
        var best = (digit: 0, power: 0.0)
        var second = 0.0
        for digit in 0..<ToneMark.digits {
            let power = power(of: group * ToneMark.digits + digit)
            if power > best.power {
                second = best.power
                best = (digit, power)
            } else {
                second = max(second, power)
            }
        }
        return best.power > Self.leastPower && best.power > Self.dominance * second ? best.digit : nil
    }

    /// Squared amplitude of a tone over the window, divided by four.
    private func power(of tone: Int) -> Double {
        var (sine, cosine) = (0.0, 0.0)
        for (sums, weight) in zip(history, Self.weights) {
            sine += sums[2 * tone] * weight
            cosine += sums[2 * tone + 1] * weight
        }
        let scale = 1 / (Self.weights.reduce(0, +) * Double(ToneTable.period))
        return (sine * sine + cosine * cosine) * scale * scale
    }
}
