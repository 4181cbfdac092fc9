/// Compares received sound with its source while both come in, block by block: delay, likeness, gaps.
///
/// Both sides are mono at 48 kHz on one clock: sample n of received was heard when sample n of the source was made,
/// so received is the source some samples later. Every 500 ms the delay is found anew by cross-correlation (it may
/// drift or jump); then 20 ms frames are compared at that delay, and stretches of 5 ms are looked at for gaps. Holds
/// at most 10 s of sound a side and no more than `longestDelay` and a window once both keep step.
///
/// The source should never be silent for long, as the fixtures with their `ToneMark`s never are: what has no sound
/// can neither be aligned nor missed.
public struct AudioComparison: Sendable {
    /// Samples looked at in one go: 500 ms.
    public static let window = 24_000

    static let limit = 480_000
    static let stretch = 240
    /// Mean square of a stretch of the source that counts as sound: -46 dB of full scale.
    static let soundEnergy = 160.0 * 160.0
    /// Received counts as missing when it is this many times weaker (25 dB) than the source.
    static let missingRatio = 316.0
    /// Stretches that a gap has to outlast: 20 ms.
    static let shortestGap = 4

    private let finder: DelayFinder
    private let spectrum = BarkSpectrum()
    private let longestDelay: Int
    /// Sound not yet done with. The source begins `longestDelay` samples before received does.
    private var source: [Float]
    private var received: [Float] = []
    private var tally = AudioTally()

    /// - Parameter longestDelay: delays from 0 up to this one can be found; at most 5 s.
    public init(longestDelay: Duration = .seconds(1)) {
        let samples = Int(
            longestDelay.components.seconds * 48_000 + longestDelay.components.attoseconds / 20_833_333_333_333)
        precondition((480...240_000).contains(samples), "the longest delay is 10 ms to 5 s")
        finder = DelayFinder(longestDelay: samples, window: Self.window)
        self.longestDelay = finder.longestDelay
        // Before the source began there was silence.
        source = Array(repeating: 0, count: finder.longestDelay)
    }

    public var report: AudioComparisonReport { tally.report }

    /// Takes what was played to the sender, any number of samples.
    public mutating func pushSource(_ samples: [Int16]) {
        guard source.count - longestDelay + samples.count <= Self.limit else { return tally.report.droppedBlocks += 1 }
        source.append(contentsOf: samples.lazy.map(Float.init))
        compareWhatIsComplete()
    }

    /// Takes what came out at the receiver, any number of samples.
    public mutating func pushReceived(_ samples: [Int16]) {
        guard received.count + samples.count <= Self.limit else { return tally.report.droppedBlocks += 1 }
        received.append(contentsOf: samples.lazy.map(Float.init))
        compareWhatIsComplete()
    }

    /// Looks at what is left at the end, less than a window, at the last delay found.
    public mutating func finish() {
        let rest =
            min(received.count, source.count - longestDelay) / BarkSpectrum.frameSamples * BarkSpectrum.frameSamples
        if rest > 0 { compare(rest, delay: tally.report.delaySamples) }
        tally.endGap()
        received.removeAll()
        source = Array(source.suffix(longestDelay))
    }

    private mutating func compareWhatIsComplete() {
        while received.count >= Self.window, source.count >= longestDelay + Self.window {
            let match = finder.find(
                received: Array(received[..<Self.window]), source: Array(source[..<(longestDelay + Self.window)]),
                near: tally.report.delaySamples)
            tally.addWindow(match)
            compare(Self.window, delay: tally.report.delaySamples)
            received.removeFirst(Self.window)
            source.removeFirst(Self.window)
        }
    }

    private mutating func compare(_ count: Int, delay: Int?) {
        guard let delay else { return }
        let offset = longestDelay - delay
        for start in stride(from: 0, to: count, by: Self.stretch) {
            let sent = Self.energy(source[offset + start..<offset + start + Self.stretch])
            tally.addStretch(source: sent, received: Self.energy(received[start..<start + Self.stretch]))
        }
        let frame = BarkSpectrum.frameSamples
        for start in stride(from: 0, through: count - frame, by: frame) {
            let sent = source[offset + start..<offset + start + frame]
            let energy = Self.energy(sent)
            guard energy > Self.soundEnergy else { continue }
            let heard = received[start..<start + frame]
            tally.addFrame(
                source: energy, received: Self.energy(heard), error: Self.error(sent, heard),
                distance: spectrum.distance(sent, heard))
        }
    }

    /// Mean square.
    private static func energy(_ samples: ArraySlice<Float>) -> Double {
        samples.withUnsafeBufferPointer { samples in
            var sum: Float = 0
            var index = 0
            while index < samples.count {
                sum += samples[index] * samples[index]
                index &+= 1
            }
            return Double(sum) / Double(max(samples.count, 1))
        }
    }

    private static func error(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        var sum = 0.0
        for (one, other) in zip(a, b) { sum += Double((one - other) * (one - other)) }
        return sum / Double(a.count)
    }
}
