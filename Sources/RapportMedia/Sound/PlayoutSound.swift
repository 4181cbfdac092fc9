/// Decoded sound that waits to be played, with its time stretched as the jitter buffer asks and its breaks joined.
///
/// A queue of interleaved 16-bit samples at 48 kHz, with 42 ms of what was played kept before it: shortening and
/// lengthening join the sound to itself one pitch period on or back (WSOLA), so they need only 5 ms of sound ahead. All
/// storage is allocated at the start.
public struct PlayoutSound: Sendable {
    /// Samples per channel of a step: 10 ms.
    public static let block = 480
    /// Joins are cross-faded over 5 ms.
    static let fade = 240
    /// What was played and is kept: the longest period and the window that is compared.
    static let history = 2_016
    static let room = 2 * history
    static let longest = 8 * 5_760
    /// Likeness from which on two periods can be joined unheard. Below it the sound changes too fast.
    static let alike: Float = 0.8
    /// In speech time is stretched by a fifth at most: 96 of 480 samples, saved up for 100 ms.
    static let allowancePerBlock = 96
    static let mostAllowance = 960

    public let channels: Int
    var samples: [Int16]
    /// Frames: where the next one to be played lies, and the end.
    var head: Int
    var tail: Int
    var floor = NoiseFloor()
    var noise: ComfortNoise
    private var allowanceToShorten = 0
    private var allowanceToLengthen = 0
    private var endsMadeUp = true
    /// Samples that are repeated to guess how the sound would go on.
    private var continuationPeriod = PitchSearch.longest
    private var report = PlayoutReport()
    /// Frames that were refused because nobody played.
    public private(set) var overflow = 0

    public init(channels: Int = 1, seed: UInt64 = 1) {
        precondition(channels == 1 || channels == 2, "sound is mono or stereo")
        self.channels = channels
        samples = Array(repeating: 0, count: (Self.room + Self.longest) * channels)
        head = Self.room
        tail = Self.room
        noise = ComfortNoise(seed: seed)
    }

    /// Samples per channel that can be played at once.
    public var samplesAhead: Int { tail - head }

    /// What is at hand and what was done since the last report.
    public mutating func takeReport() -> PlayoutReport {
        var result = report
        result.samplesAhead = samplesAhead
        report = PlayoutReport()
        return result
    }

    /// Takes what was decoded for an answer of the buffer, and does to it what the answer says.
    public mutating func append(_ decoded: [Int16], for pull: AudioPull) {
        var leftOut = 0
        switch pull.source {
        case .packet, .fec: leftOut = join(decoded, pull, isMadeUp: false)
        case .conceal, .comfortNoise: leftOut = join(decoded, pull, isMadeUp: true)
        case .silence: appendNoise(pull.samples)
        case .nothing: break
        }
        switch pull.stretch {
        case .none: break
        case .shorten(let most): shorten(atMost: most - leftOut)
        case .lengthen(let least): lengthen(atLeast: least)
        }
    }

    /// Appends the next 10 ms to `output`; zeros are added for what is missing.
    public mutating func take(into output: inout [Int16]) {
        let count = min(Self.block, samplesAhead)
        output.append(contentsOf: samples[head * channels..<(head + count) * channels])
        for _ in 0..<(Self.block - count) * channels { output.append(0) }
        head += count
        measure(count)
        allowanceToShorten = min(allowanceToShorten + Self.allowancePerBlock, Self.mostAllowance)
        allowanceToLengthen = min(allowanceToLengthen + Self.allowancePerBlock, Self.mostAllowance)
    }

    private mutating func measure(_ count: Int) {
        guard count == Self.block, !endsMadeUp else { return }
        let (rms, neighbours) = loudness(from: head - count, count)
        floor.take(blockRMS: rms, neighbours: neighbours)
    }

    private func loudness(from start: Int, _ count: Int) -> (rms: Float, neighbours: Float) {
        var (energy, product) = (Float(1), Float(0))
        for index in start * channels..<(start + count) * channels {
            let sample = Float(samples[index])
            energy += sample * sample
            product += sample * Float(samples[max(index - channels, 0)])
        }
        return ((energy / Float(max(count * channels, 1))).squareRoot(), product / energy)
    }

    // MARK: - Stretching

    private mutating func shorten(atMost most: Int) {
        let available = samplesAhead - Self.fade
        let wanted = min(most, available)
        guard wanted > 0 else { return }
        if isQuiet(from: head, samplesAhead) { return cut(wanted) }
        let limit = min(wanted, allowanceToShorten)
        guard let match = search(forward: true, limit: limit), match.likeness >= Self.alike else { return }
        allowanceToShorten -= match.lag
        cut(match.lag)
    }

    private mutating func lengthen(atLeast least: Int) {
        guard least > 0, (Self.fade...4 * Self.history).contains(samplesAhead) else { return }
        if isQuiet(from: head - Self.block, Self.block + Self.fade) {
            return double(min(least, Self.history - Self.block))
        }
        var missing = least
        while missing > 0 {
            guard let match = search(forward: false, limit: allowanceToLengthen), match.likeness >= Self.alike
            else { return }
            allowanceToLengthen -= match.lag
            missing -= match.lag
            double(match.lag)
        }
    }

    private mutating func search(forward: Bool, limit: Int) -> PitchSearch.Match? {
        let start = head - (PitchSearch.window - Self.fade)
        let inside = forward ? tail - Self.fade - head : head - Self.history
        return samples.withUnsafeBufferPointer {
            PitchSearch.best(
                in: UnsafeBufferPointer(rebasing: $0[..<(tail * channels)]), channels: channels, at: start,
                forward: forward, limit: forward ? min(limit, inside) : limit)
        }
    }

    private func isQuiet(from start: Int, _ count: Int) -> Bool {
        var position = start
        while position < start + count {
            let length = min(Self.fade, start + count - position)
            guard floor.isQuiet(loudness(from: position, length).rms) else { return false }
            position += length
        }
        return true
    }

    /// Leaves `count` frames out from the head: what is there fades into what comes after them.
    private mutating func cut(_ count: Int) {
        fadeOver(from: head, to: head + count, at: head + count, backwards: true)
        moveHistory(by: count)
        head += count
        report.removed += count
    }

    /// Plays the last `count` frames again: what is at the head fades into what was there before.
    private mutating func double(_ count: Int) {
        if head - Self.history - count < 0 { settle(room: Self.room) }
        let old = head
        // The history moves first; what it leaves behind is what is played again.
        moveHistory(by: -count)
        head -= count
        fadeOver(from: old, to: head, at: head, backwards: false)
        report.inserted += count
    }

    /// Writes at `place` the fade from the frames at `first` to those at `second`; from the end when `place` lies
    /// behind what is still to be read.
    private mutating func fadeOver(from first: Int, to second: Int, at place: Int, backwards: Bool) {
        let count = Self.fade * channels
        for step in 0..<count {
            let index = backwards ? count - 1 - step : step
            let share = (Float(index / channels) + 0.5) / Float(Self.fade)
            let (a, b) = (Float(samples[first * channels + index]), Float(samples[second * channels + index]))
            samples[place * channels + index] = Int16(a + (b - a) * share)
        }
    }

    private mutating func moveHistory(by count: Int) {
        let (from, length) = ((head - Self.history) * channels, Self.history * channels)
        samples.withUnsafeMutableBufferPointer {
            guard let base = $0.baseAddress else { return }
            (base + from + count * channels).update(from: base + from, count: length)
        }
    }

    // MARK: - Appending

    /// Returns how many frames of it were left out to join it.
    private mutating func join(_ decoded: [Int16], _ pull: AudioPull, isMadeUp: Bool) -> Int {
        let start = min(pull.skipped, decoded.count / channels)
        let isBreak = pull.isCut || endsMadeUp != isMadeUp && pull.source != .conceal
        endsMadeUp = isMadeUp
        let count = decoded.count / channels - start
        guard makeRoom(for: count) else {
            overflow += count
            return 0
        }
        guard isBreak, count >= 2 * Self.fade else {
            copy(decoded, from: start)
            return 0
        }
        findContinuation()
        let shift = align(decoded, from: start, pull)
        fadeIn(decoded, from: start + shift)
        return shift
    }

    /// The period of what was heard last; without one, so much of it that a repetition is not heard as a tone.
    private mutating func findContinuation() {
        let end = tail
        let match = samples.withUnsafeBufferPointer {
            PitchSearch.best(
                in: UnsafeBufferPointer(rebasing: $0[..<(end * channels)]), channels: channels,
                at: end - PitchSearch.window, forward: false, limit: PitchSearch.longest)
        }
        continuationPeriod = match.flatMap { $0.likeness > Self.alike ? $0.lag : nil } ?? PitchSearch.longest
    }

    /// How much further into the new sound it goes on most like the old one; only where less delay is welcome.
    private mutating func align(_ decoded: [Int16], from start: Int, _ pull: AudioPull) -> Int {
        guard case .shorten(let most) = pull.stretch else { return 0 }
        let furthest = min(most, Self.block, decoded.count / channels - start - Self.fade)
        guard furthest > 0 else { return 0 }
        var (best, likeness) = (0, -Float.infinity)
        for shift in stride(from: 0, through: furthest, by: 4) {
            let found = likenessOfEnd(to: decoded, at: start + shift)
            if found > likeness + 0.01 { (best, likeness) = (shift, found) }
        }
        report.removed += best
        return best
    }

    /// How much the sound from `at` is like the way the old one would go on: its last period again.
    private func likenessOfEnd(to decoded: [Int16], at: Int) -> Float {
        var (product, energyA, energyB) = (Float(0), Float(1), Float(1))
        for index in stride(from: 0, to: Self.fade, by: 4) {
            let (a, b) = (Float(continuation(index, 0)), Float(decoded[(at + index) * channels]))
            product += a * b
            energyA += a * a
            energyB += b * b
        }
        return product / (energyA * energyB).squareRoot()
    }

    private func continuation(_ index: Int, _ channel: Int) -> Int16 {
        samples[(tail - continuationPeriod + index % continuationPeriod) * channels + channel]
    }

    private mutating func fadeIn(_ decoded: [Int16], from start: Int) {
        for index in 0..<Self.fade {
            let share = (Float(index) + 0.5) / Float(Self.fade)
            for channel in 0..<channels {
                let (a, b) = (Float(continuation(index, channel)), Float(decoded[(start + index) * channels + channel]))
                samples[(tail + index) * channels + channel] = Int16(a + (b - a) * share)
            }
        }
        let rest = start + Self.fade
        tail += Self.fade
        copy(decoded, from: rest)
    }

    private mutating func copy(_ decoded: [Int16], from start: Int) {
        let count = decoded.count - start * channels
        for index in 0..<count { samples[tail * channels + index] = decoded[start * channels + index] }
        tail += count / channels
    }

    private mutating func appendNoise(_ count: Int) {
        guard makeRoom(for: count) else { return overflow += count }
        findContinuation()
        for index in 0..<count {
            let share = endsMadeUp ? 1 : min(1, (Float(index) + 0.5) / Float(Self.fade))
            for channel in 0..<channels {
                let old = share < 1 ? Float(continuation(index, channel)) * (1 - share) : 0
                samples[(tail + index) * channels + channel] = Int16(old + Float(noise.next(floor)) * share)
            }
        }
        tail += count
        endsMadeUp = true
    }

    private mutating func makeRoom(for count: Int) -> Bool {
        if (tail + count) * channels > samples.count { settle(room: Self.room) }
        return (tail + count) * channels <= samples.count
    }

    /// Moves what is kept to the front, with `room` frames before the head.
    private mutating func settle(room: Int) {
        let kept = min(head, Self.history)
        let target = room - kept
        let length = (kept + samplesAhead) * channels
        samples.withUnsafeMutableBufferPointer {
            guard let base = $0.baseAddress else { return }
            (base + target * channels).update(from: base + (head - kept) * channels, count: length)
        }
        tail = room + samplesAhead
        head = room
    }
}
