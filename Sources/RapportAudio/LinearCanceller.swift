/// The linear part: finds the delay, models the echo path and subtracts the echo, one 10 ms block at 16 kHz at a time.
struct LinearCanceller: ~Copyable {
    /// What `run` left: microphone less echo, and the echo as estimated.
    let error: SampleBuffer
    let estimate: SampleBuffer
    private(set) var history: ReferenceHistory
    private(set) var search: SearchFilter
    private(set) var main: MainFilter
    private(set) var energies = Energies()
    private(set) var pathChanges = 0
    /// Blocks since the path was last found or found changed.
    private(set) var age = 0
    /// The window's last place: its oldest block must still be in the history.
    private static let lastOffset = 17
    /// Blocks after a hand-over in which the main filter stays eager: 1.5 s.
    private static let youth = 150
    /// How long a suspected change of the path holds the gains down: 200 ms.
    private static let alarmBlocks = 20
    /// Blocks for which the search filter has to be far better, and the main one of no use, until its taps are taken: a
    /// sound that neither has heard before the fast filter learns first, and knows less of all others.
    private static let proof = 8
    private(set) var drift = DriftTracker()
    private var resampler: ReferenceResampler
    private let block: SampleBuffer
    private(set) var speaker: SpeakerModel
    private let fft: RealFFT
    private var candidate = 0
    private var candidateCount = 0
    private var worse = 0
    private var better = 0
    private var worseNow = 0
    /// A filter that was good and now adds power to the microphone models a path that is no more.
    private(set) var addsPower = false
    private var microphoneEnergy: Float = 0
    /// Blocks for which a change of the echo path is still suspected.
    private(set) var alarm = 0
    private var recentMain: Float = 0
    private var recentMicrophone: Float = 0
    private var correlation: Float = 0
    private var levels = (
        far: Float(0), microphone: Float(0), product: Float(0), farSquare: Float(0.01), micSquare: Float(0.01)
    )
    private var usualRatio: Float = 1

    /// Smoothed block energies of microphone, the two errors and the far end.
    struct Energies {
        var microphone: Float = 0, main: Float = 0, search: Float = 0, far: Float = 0

        mutating func note(microphone: Float, main: Float, search: Float) {
            let keep: Float = 0.85
            self.microphone = keep * self.microphone + (1 - keep) * microphone
            self.main = keep * self.main + (1 - keep) * main
            self.search = keep * self.search + (1 - keep) * search
        }
    }

    init() {
        error = SampleBuffer(count: EchoGeometry.hop)
        estimate = SampleBuffer(count: EchoGeometry.hop)
        history = ReferenceHistory()
        resampler = ReferenceResampler()
        speaker = SpeakerModel()
        block = SampleBuffer(count: EchoGeometry.hop)
        search = SearchFilter()
        main = MainFilter()
        fft = RealFFT(size: EchoGeometry.transform)
    }

    /// Subtracts the echo from one block; `far` is the block that was played at the same time.
    mutating func run(microphone: UnsafePointer<Float>, far: UnsafePointer<Float>) {
        appendFar(far)
        noteFar(Kernels.energy(far, count: EchoGeometry.hop) / Float(EchoGeometry.hop))
        alarm = max(0, alarm - 1)
        addsPower = false
        microphoneEnergy = Kernels.energy(microphone, count: EchoGeometry.hop)
        let adapt = energies.far > 1e-7
        search.run(microphone: microphone, history, fft, adapt: adapt)
        main.run(microphone: microphone, history, fft, adapt: adapt, shrink: age < LinearCanceller.youth ? 0.4 : 0.7)
        let hop = EchoGeometry.hop
        energies.note(
            microphone: Kernels.energy(microphone, count: hop), main: Kernels.energy(main.error.base, count: hop),
            search: Kernels.energy(search.error.base, count: hop))
        if !(energies.search < 100 * energies.microphone + 1e-3) {
            search.reset()
            energies.search = energies.microphone
        }
        if !energies.main.isFinite {
            main.reset()
            energies.main = energies.microphone
        }
        noteTrust(microphone)
        noteLevels(energies.microphone / Float(hop))
        if adapt {
            steer()
            trackDrift()
        }
        age += 1
        choose(microphone)
    }

    /// Watches how much the main filter leaves: much more than usual means that somebody talks at the near end (or
    /// that the path changed, which the search filter will tell).
    private mutating func noteTrust(_ microphone: UnsafePointer<Float>) {
        let hop = EchoGeometry.hop
        recentMain = 0.6 * recentMain + 0.4 * Kernels.energy(main.error.base, count: hop)
        recentMicrophone = 0.6 * recentMicrophone + 0.4 * Kernels.energy(microphone, count: hop)
        let ratio = recentMain / (recentMicrophone + 1e-9)
        guard main.offset != nil, energies.far > 1e-6, ratio.isFinite else { return }
        usualRatio = min(1, ratio < usualRatio ? usualRatio + 0.05 * (ratio - usualRatio) : usualRatio * 1.003)
    }

    /// Correlates the held far level with the microphone's, both in decibels less their means.
    private mutating func noteLevels(_ microphone: Float) {
        let f = Decibels.fromPower(energies.far), m = Decibels.fromPower(microphone)
        levels.far += 0.005 * (f - levels.far)
        levels.microphone += 0.005 * (m - levels.microphone)
        let df = f - levels.far, dm = m - levels.microphone
        levels.product += 0.005 * (df * dm - levels.product)
        levels.farSquare += 0.005 * (df * df - levels.farSquare)
        levels.micSquare += 0.005 * (dm * dm - levels.micSquare)
        correlation = levels.product / (levels.farSquare * levels.micSquare + 1e-6).squareRoot()
    }

    private mutating func appendFar(_ far: UnsafePointer<Float>) {
        resampler.append(far)
        let offset = main.offset ?? 0
        if resampler.isNear, drift.ppm > 0, offset > 0 {
            resampler.shift(by: EchoGeometry.partitionTaps)
            history.rewind(resampler)
            speaker.rewind()
            search.shift(by: 1)
            main.shift(by: 1)
            candidateCount = 0
        } else if resampler.isFarBehind, offset < LinearCanceller.lastOffset {
            resampler.shift(by: -EchoGeometry.partitionTaps)
            search.shift(by: -1)
            main.shift(by: -1)
            candidateCount = 0
            // Two blocks more catch up with the nearer position; they are read again from where they stood.
            catchUp(blocks: 2)
        }
        _ = resampler.read(ppm: drift.ppm, into: block.base)
        speaker.bend(block.base, fft)
        history.append(block.base, fft)
    }

    /// Appends blocks that end before the one about to be read.
    private mutating func catchUp(blocks: Int) {
        for back in (0..<blocks).reversed() {
            resampler.readPast(blocksBack: back, into: block.base)
            speaker.bend(block.base, fft)
            history.append(block.base, fft)
        }
    }

    /// Lets the drift follow the filter's lag while the filter models the path.
    private mutating func trackDrift() {
        guard main.offset != nil, age > 30, energies.main < 0.5 * energies.microphone else { return }
        let trust = 1 - energies.main / (energies.microphone + 1e-9)
        if age > 60 { speaker.learn(main, error: main.error.base, fft) }
        drift.note(error: main.error.base, estimate: main.estimate.base, trust: trust)
    }

    /// The far end's power, held while its echo may still sound.
    private mutating func noteFar(_ power: Float) {
        energies.far = max(power, energies.far * 0.93)
    }

    /// Places the window and hands taps over when the search filter knows better.
    private mutating func steer() {
        place()
        guard main.offset != nil else { return }
        addsPower = recentMain > 1.25 * recentMicrophone && wasGood
        worseNow = addsPower ? worseNow + 1 : max(0, worseNow - 1)
        if worseNow >= 2 { alarm = LinearCanceller.alarmBlocks }
        worse = energies.main > 1.4 * energies.microphone ? worse + 1 : 0
        let searchKnows = energies.search < 0.8 * energies.microphone
        let isFarBetter = searchKnows && energies.search < 0.4 * energies.main
        better = isFarBetter && energies.main > 0.5 * energies.microphone ? better + 1 : 0
        if searchKnows, better > LinearCanceller.proof || worse > 4 {
            handOver()
        } else if worse > 4 {
            main.forget()
            worse = 0
        }
    }

    /// The path has changed: the main filter goes on from where it is, nearly as open to learn as at first.
    mutating func reopen() { main.raiseVariance(share: 0.7) }

    private mutating func place() {
        guard let onset = search.onset() else {
            candidateCount = 0
            return
        }
        // 5 ms before the onset stay in the window.
        let offset = min(LinearCanceller.lastOffset, max(0, onset - 1) / SearchFilter.cellsPerPartition)
        if offset == candidate { candidateCount += 1 } else { (candidate, candidateCount) = (offset, 1) }
        guard let current = main.offset else {
            if candidateCount >= 4 { handOver() }
            return
        }
        guard current != offset, candidateCount >= 15 else { return }
        if abs(current - offset) <= 2 {
            adjust(from: current, to: offset)
        } else if !wasGood || candidateCount >= 20 && isNoHelp {
            handOver()
        }
    }

    /// Whether the main filter left less than a tenth of the microphone lately.
    private var wasGood: Bool { usualRatio <= 0.1 }

    /// Whether the main filter takes less than 6 dB off the microphone, and the search filter at least adds little to it.
    private var isNoHelp: Bool {
        energies.main > 0.25 * energies.microphone && energies.search < 1.2 * energies.microphone
    }

    /// Moves the window by a partition or two. A person who talks makes the search filter's peak hop between reflections:
    /// what the main filter knows goes along, and none of the echo it knows is left outside.
    private mutating func adjust(from current: Int, to offset: Int) {
        guard offset < current || usualRatio > 0.25 || main.canLeave(offset - current) else { return }
        main.move(to: offset, filling: search)
    }

    private mutating func handOver() {
        main.take(search, offset: candidate)
        worse = 0
        better = 0
        age = 0
        pathChanges += 1
        drift.forgetLag()
        speaker.forgetInterval()
        usualRatio = 1
        energies.main = energies.search
    }

    /// The echo's delay at 16 kHz, the resampler's own lag taken off; nil while unknown.
    var delayInSamples: Int? {
        guard main.offset != nil, let onset = search.onset() else { return nil }
        let cell = EchoGeometry.partitionTaps / SearchFilter.cellsPerPartition
        return max(0, onset * cell + Int(resampler.lag))
    }

    /// Whether the microphone's level rises and falls with the far end's: an echo, even if none is modelled.
    var followsFar: Bool { correlation > 0.4 }

    /// The smallest of the three errors is what goes on.
    private func choose(_ microphone: UnsafePointer<Float>) {
        let hop = EchoGeometry.hop
        let source: UnsafePointer<Float>
        if main.offset != nil, energies.main <= 1.2 * min(energies.microphone, energies.search) {
            source = UnsafePointer(main.error.base)
        } else if energies.search < energies.microphone {
            source = UnsafePointer(search.error.base)
        } else {
            source = microphone
        }
        error.base.update(from: source, count: hop)
        for i in 0..<hop { estimate[i] = microphone[i] - source[i] }
    }
}
