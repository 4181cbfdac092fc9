import Rapport
import RapportBase
import RapportMedia

/// What happens to the sound of the devices, whoever brings it: the microphone's blocks with what was played as their
/// reference, the mix for the loudspeaker, and the beats that drive the connections. No call of the daemon's here.
///
/// All on the audio thread. Nothing is allocated and no lock is taken for a block.
final class DeviceCore: @unchecked Sendable {
    static let block = 480

    let captureBeat = AudioBeat()
    /// What is sent of the newest block.
    private(set) var block = AudioFrame.silence()
    var isMuted = false
    private(set) var reference = RenderReference()
    private(set) var statistics = AudioDeviceStatistics()
    private(set) var captureKeeper = BeatKeeper()
    private(set) var playbackKeeper = BeatKeeper()
    private var chain: MicrophoneChain
    private var mixer = SoundMixer()
    private var playedMeter = BlockMeter()
    private var sinks: [LoudspeakerSink] = []
    private var gathered = [Int16](repeating: 0, count: DeviceCore.block)
    private var gatheredCount = 0
    private var far = [Int16](repeating: 0, count: DeviceCore.block)
    private var mixed: [Int16] = []
    private var mixedTaken = 0
    /// Sees what goes to the loudspeaker and what the canceller is given; for tests.
    var onPlayed: ((UnsafeBufferPointer<Int16>) -> Void)?
    var onReference: (([Int16]) -> Void)?

    init(voice: VoiceProcessing?) {
        chain = MicrophoneChain(voice)
        mixed.reserveCapacity(Self.block)
    }

    func makeSink() -> LoudspeakerSink {
        let sink = LoudspeakerSink()
        sinks.append(sink)
        return sink
    }

    func remove(_ sink: LoudspeakerSink) { sinks.removeAll { $0 === sink } }

    // MARK: Microphone

    /// Takes what the microphone gave, of any length; nil is a gap in it.
    func captured(_ samples: UnsafePointer<Int16>?, count: Int, at now: Int64) {
        var taken = 0
        while taken < count {
            let part = min(count - taken, Self.block - gatheredCount)
            for index in 0..<part { gathered[gatheredCount + index] = samples?[taken + index] ?? 0 }
            gatheredCount += part
            taken += part
            if gatheredCount == Self.block {
                gatheredCount = 0
                statistics.capturedBlocks += 1
                if captureKeeper.accepts(at: now) { send() }
            }
        }
    }

    /// Sends the gathered block.
    private func send() {
        far.withUnsafeMutableBufferPointer { far in
            if let base = far.baseAddress { reference.read(into: base) }
        }
        onReference?(far)
        swap(&gathered, &block.samples)
        chain.process(&block.samples, played: far, isMuted: isMuted)
        captureBeat.strike()
    }

    var echoSummary: String? { chain.echoSummary }

    // MARK: Loudspeaker

    /// Makes what the loudspeaker is given next. The first `late` samples are silence, because their time is over: the
    /// daemon has played silence in their place.
    func fill(_ output: UnsafeMutablePointer<Int16>, count: Int, late: Int, at now: Int64) {
        let silent = min(max(late, 0), count)
        output.update(repeating: 0, count: silent)
        statistics.lateSamples += silent
        var made = silent
        while made < count {
            if mixedTaken == mixed.count { mix(isAccepted: playbackKeeper.accepts(at: now)) }
            let part = min(count - made, mixed.count - mixedTaken)
            for index in 0..<part { output[made + index] = mixed[mixedTaken + index] }
            made += part
            mixedTaken += part
        }
        reference.wrote(output, count: count)
        onPlayed?(UnsafeBufferPointer(start: output, count: count))
    }

    /// Makes the next block of the mix; where it is one too many for the time that passed, of silence.
    private func mix(isAccepted: Bool) {
        mixed.removeAll(keepingCapacity: true)
        mixedTaken = 0
        if isAccepted { for sink in sinks { sink.give(to: &mixer) } }
        mixer.take(into: &mixed)
        statistics.playedBlocks += 1
        playedMeter.note(mixed)
    }

    // MARK: Standing in

    /// Called every 10 ms: makes up the blocks that no device gives, and takes those that no device plays.
    func watch(at now: Int64) {
        for _ in 0..<captureKeeper.missing(at: now) {
            gatheredCount = 0
            for index in 0..<Self.block { gathered[index] = 0 }
            send()
        }
        for _ in 0..<playbackKeeper.missing(at: now) {
            // A device that stands still is handed nothing, but what is received has to go somewhere.
            mix(isAccepted: true)
            mixedTaken = mixed.count
        }
    }

    /// Another loudspeaker, or none: nothing of what was handed over so far will be heard any more.
    func loudspeakerChanged() { reference.restart() }

    /// Latency above which what was played is held back, and what is left of it then: the canceller finds 0 to 250 ms
    /// alone, and needs no help there.
    private static let helpAbove = Duration.milliseconds(150)
    private static let leaveAlone = Duration.milliseconds(60)

    /// Takes what the daemon tells of the way to the loudspeaker and from the microphone. Only a latency that the
    /// canceller could not bridge is used, and only when it changes by much: each use is a change of the path.
    func latencyIs(playback: Duration?, capture: Duration?) {
        guard let playback, let capture else { return }
        let total = playback + capture
        var hold = RenderReference.usualHold
        if total > Self.helpAbove { hold = max(hold, Int((total - Self.leaveAlone) / .microseconds(1)) * 48 / 1_000) }
        guard abs(hold - reference.hold) > 2_400 else { return }
        reference.hold(back: hold)
    }

    func underflowed() { statistics.underflows += 1 }
    func overflowed() { statistics.overflows += 1 }

    /// The counters with what the parts know.
    func summary() -> AudioDeviceStatistics {
        var all = statistics
        all.missingBlocks = sinks.reduce(0) { $0 + $1.missing }
        all.standInBlocks = captureKeeper.standIns + playbackKeeper.standIns
        all.refusedBlocks = captureKeeper.refused + playbackKeeper.refused
        all.referenceSlips = reference.slips
        all.referenceHold = .microseconds(reference.hold * 1_000_000 / 48_000)
        all.isMuted = isMuted
        all.playedLevel = playedMeter.level
        chain.report(in: &all)
        return all
    }
}
