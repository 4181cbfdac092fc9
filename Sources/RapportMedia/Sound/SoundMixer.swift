/// Adds up to six sounds of 10 ms and keeps the sum within range.
///
/// What is too loud is turned down, at once and back within half a second, so that a sum of loud voices stays clean; what
/// still passes the knee in the first moment is bent, not cut.
public struct SoundMixer: Sendable {
    /// Sounds of one moment at most; more are left out and counted.
    public static let mostSounds = 6
    /// Above this much of full scale the gain comes down.
    private static let ceiling: Float = 29_000
    /// Above this the curve bends towards full scale.
    private static let knee: Float = 26_000
    private static let full: Float = 32_700
    /// Share of the way back to full gain per 10 ms.
    private static let release: Float = 0.06
    /// Samples over which the gain moves.
    private static let attack = 48

    public let channels: Int
    /// Sounds that were left out.
    public private(set) var leftOut = 0
    private var sum: [Float]
    private var sounds = 0
    private var gain: Float = 1

    public init(channels: Int = 1) {
        precondition(channels == 1 || channels == 2, "sound is mono or stereo")
        self.channels = channels
        sum = Array(repeating: 0, count: PlayoutSound.block * channels)
    }

    /// Adds 10 ms: 480 interleaved samples a channel, or 480 of one channel that go to both. Anything else is left out.
    public mutating func add(_ block: [Int16], gain: Float = 1) {
        guard sounds < Self.mostSounds, block.count == sum.count || block.count == PlayoutSound.block,
            gain.isFinite
        else { return leftOut += 1 }
        sounds += 1
        let copies = sum.count / block.count
        for index in sum.indices { sum[index] += Float(block[index / copies]) * gain }
    }

    /// Appends the mix of what was added since the last call; zeros if nothing was.
    public mutating func take(into output: inout [Int16]) {
        let peak = sum.reduce(Float(0)) { max($0, abs($1)) }
        let wanted = peak > Self.ceiling ? Self.ceiling / peak : 1
        let next = wanted < gain ? wanted : gain + (wanted - gain) * Self.release
        for index in sum.indices {
            let way = min(1, Float(index / channels + 1) / Float(wanted < gain ? Self.attack : PlayoutSound.block))
            output.append(Self.bend(sum[index] * (gain + (next - gain) * way)))
            sum[index] = 0
        }
        gain = next
        sounds = 0
    }

    /// Straight up to the knee, then ever flatter and never full.
    private static func bend(_ value: Float) -> Int16 {
        let size = abs(value)
        guard size > knee else { return Int16(value) }
        let over = (size - knee) / (full - knee)
        let bent = knee + (full - knee) * (over / (1 + over))
        return Int16(value < 0 ? -bent : bent)
    }
}
