import Glibc
import RapportBase
import RapportCodecs
import RapportICE
import RapportMedia

/// Sound of one connection: every 10 ms it reads the source, encodes, decodes what arrived and plays it.
///
/// A device drives its direction by its own clock (`AudioBeat`), so nothing has to be resampled: what is sent is counted
/// in the microphone's samples, and what is played is asked for at the loudspeaker's pace, which the buffer's
/// stretching follows. Where there is no device the connection's own tick stands in.
///
/// It runs on an executor of its own kind, not the session's. Encoded packets and requests for received ones cross as
/// jobs, in order; nothing here waits for the session, so a busy session delays sound but never stops the tick.
actor AudioPipeline: ExecutorBound {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The longest packet that a plan may ask for: 60 ms.
    static let mostSamplesPerPacket = 2_880
    static let samplesPerTick = 480
    /// A thread that was held up runs its ticks late and close together, closer than an answer takes. Silence in such
    /// a place would be heard twice: as a gap, and as the delay that it leaves behind.
    static let maximumOwedBlocks = 4

    private let clock: SessionClock
    private let port: AudioPort
    private var encoder: OpusEncoder
    /// A call with loss is the rule on poor lines: FEC is on until the peer's reports say otherwise.
    private var loss = ReportedLoss()
    private var plan = OpusPlan.speech(on: .kilobits(100), loss: ReportedLoss().share)
    private var content = AudioContent.speech
    /// The peer asked for two channels. RFC 7587 section 6.1.
    private var peerTakesStereo = false
    private var mostBitrate: Bitrate?
    private var line = Bitrate.kilobits(100)
    private var samplesSinceLine = 0
    private var decoder: OpusDecoder
    private var source: (any AudioSource)?
    /// Nil where sound is sent as the source gives it.
    private let voice: VoiceStage?
    private var sink: (any AudioSink)?
    private var timer: ExecutorTimer?
    private var sends = false
    private var receives = false
    private var captured: [Int16] = []
    private var decoded: [Int16] = []
    private var block: [Int16] = []
    /// Both channels of what was played in one, for the canceller.
    private var heard: [Int16] = []
    private var sound = PlayoutSound()
    private var encoded: [UInt8] = []
    private var mediaTime: UInt32 = 0
    private var pullIsUnderWay = false
    /// Blocks that are due and wait for the answer to a pull; they are played as soon as it is here.
    private var owedBlocks = 0
    private var counters = AudioPipelineCounters()

    init(
        executor: GLibExecutor, clock: SessionClock, voice: VoiceProcessing? = nil, port: AudioPort
    ) throws(CodecError) {
        self.executor = executor
        self.voice = voice.map { VoiceStage($0) }
        self.clock = clock
        self.port = port
        encoder = try OpusEncoder(configuration: content.configuration(channels: 1))
        try encoder.follow(plan)
        decoder = try OpusDecoder()
        captured.reserveCapacity(4 * Self.mostSamplesPerPacket)
        heard.reserveCapacity(Self.samplesPerTick)
        decoded.reserveCapacity(4 * Self.mostSamplesPerPacket)
        block.reserveCapacity(Self.samplesPerTick)
        encoded.reserveCapacity(1500)
    }

    func setSource(_ source: sending (any AudioSource)?) {
        self.source?.beat?.remove(self)
        self.source = source
        self.source?.beat?.add(self) { [weak self] in
            self?.assumeIsolated { if $0.sends { $0.capture() } }
        }
        setTick()
    }

    func setSink(_ sink: (any AudioSink)?) {
        self.sink?.beat?.remove(self)
        setPlayedChannels(sink?.channels == 2 ? 2 : 1)
        self.sink = sink
        sink?.beat?.add(self) { [weak self] in
            self?.assumeIsolated { if $0.receives { $0.play() } }
        }
        setTick()
    }

    // A decoder makes one or two channels of any packet. RFC 6716 section 2.1.2.
    private func setPlayedChannels(_ channels: Int) {
        guard channels != sound.channels, let fresh = try? OpusDecoder(channels: channels) else { return }
        decoder = fresh
        sound = PlayoutSound(channels: channels)
    }

    /// Starts or stops each direction.
    func setDirections(sends: Bool, receives: Bool) {
        self.sends = sends
        self.receives = receives
        setTick()
    }

    private var capturesByTick: Bool { sends && source?.beat == nil }
    private var playsByTick: Bool { receives && sink?.beat == nil }

    /// The tick runs while there is a direction that no device drives.
    private func setTick() {
        guard capturesByTick || playsByTick else { return cancelTick() }
        guard timer == nil else { return }
        timer = executor.addTimer(every: .milliseconds(10)) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    /// Ends both directions and lets go of the source and the sink.
    func stop() {
        (sends, receives) = (false, false)
        setSource(nil)
        setSink(nil)
    }

    private func cancelTick() {
        timer?.cancel()
        timer = nil
    }

    func statistics() -> AudioPipelineCounters {
        var counters = counters
        counters.echo = voice?.echoSummary ?? source?.echoSummary
        return counters
    }

    private func tick() {
        if capturesByTick { capture() }
        if playsByTick { play() }
    }

    // MARK: Sending

    private func capture() {
        let frame = source?.read()
        let channels = sentChannels
        if let frame, frame.sampleRate == 48_000, frame.samples.count == Self.samplesPerTick * frame.channels,
            (1...2).contains(frame.channels)
        {
            append(frame, channels: channels)
        } else {
            captured.append(contentsOf: repeatElement(0, count: Self.samplesPerTick * channels))
        }
        guard captured.count >= plan.samplesPerPacket * channels else { return }
        encode()
        captured.removeAll(keepingCapacity: true)
        askForLine()
    }

    // One channel goes to both of two, two are mixed to one. Two channels are nobody's voice: they are left as they are.
    private func append(_ given: AudioFrame, channels: Int) {
        var frame = given
        if let voice, frame.channels == 1 { voice.process(&frame.samples) }
        if frame.channels > channels { return Self.mix(frame.samples, into: &captured) }
        guard frame.channels < channels else { return captured.append(contentsOf: frame.samples) }
        for sample in frame.samples { captured.append(contentsOf: repeatElement(sample, count: channels)) }
    }

    private func encode() {
        encoded.removeAll(keepingCapacity: true)
        let samples = captured.count / sentChannels
        guard (try? encoder.encode(captured, into: &encoded)) != nil else { return counters.encodeErrors += 1 }
        let level = Self.level(captured)
        let packet = EncodedAudio(
            bytes: encoded, samples: samples, rtpTimestamp: RTPTimestamp(mediaTime), level: level,
            voiceActivity: level < 50)
        mediaTime &+= UInt32(samples)
        samplesSinceLine += samples
        port.send(packet)
    }

    /// Once a second of sound, between packets: what the line carries and loses decides how the next ones are coded.
    private func askForLine() {
        guard samplesSinceLine >= 48_000 else { return }
        samplesSinceLine = 0
        port.askForLine()
    }

    /// Takes what the line carries for everything, and the share of sound packets last reported lost, if any was.
    func setLine(_ rate: Bitrate, lost: Double?) {
        if let lost { loss.report(lost) }
        line = rate
        makePlan()
    }

    /// Takes what the application allows and sends. Other content begins with an encoder of its own.
    func setContent(_ wanted: AudioContent, mostBitrate: Bitrate?) {
        self.mostBitrate = mostBitrate
        if wanted != content { setEncoder(wanted, peerTakesStereo) }
        makePlan()
    }

    /// Takes whether the peer asks for two channels.
    func setPeer(takesStereo: Bool) {
        guard takesStereo != peerTakesStereo else { return }
        setEncoder(content, takesStereo)
        makePlan()
    }

    private var sentChannels: Int { content.channels(peerTakesStereo: peerTakesStereo) }

    private func setEncoder(_ wanted: AudioContent, _ takesStereo: Bool) {
        let channels = wanted.channels(peerTakesStereo: takesStereo)
        if wanted != content || channels != sentChannels {
            guard let fresh = try? OpusEncoder(configuration: wanted.configuration(channels: channels)) else { return }
            encoder = fresh
            captured.removeAll(keepingCapacity: true)
        }
        (content, peerTakesStereo) = (wanted, takesStereo)
    }

    private func makePlan() {
        switch content {
        case .speech: plan = .speech(on: line, loss: loss.share, most: mostBitrate ?? .kilobits(32))
        case .music: plan = .music(on: line, most: mostBitrate ?? .kilobits(64 * sentChannels))
        }
        // The answer comes right after a packet. If it ever comes late, what was captured may be no packet any more.
        if captured.count >= plan.samplesPerPacket * sentChannels { captured.removeAll(keepingCapacity: true) }
        if (try? encoder.follow(plan)) == nil { counters.encodeErrors += 1 }
    }

    /// Loudness in -dBov. RFC 6464 section 3: the RMS against the largest possible square wave.
    static func level(_ samples: [Int16]) -> UInt8 {
        var energy = 0
        for sample in samples { energy += Int(sample) * Int(sample) }
        guard energy > 0 else { return 127 }
        let meanSquare = Double(energy) / Double(samples.count) / (32_767 * 32_767)
        return UInt8(min(max(-10 * log10(meanSquare), 0), 127))
    }

    // MARK: Receiving

    /// Owes the next 10 ms and asks what they are made of: the answer is here within microseconds, or, when the
    /// session is busy, a moment later. Asking any earlier would cost delay.
    func play() {
        counters.playedSamples += Self.samplesPerTick
        owedBlocks += 1
        if owedBlocks > Self.maximumOwedBlocks {
            owedBlocks -= 1
            counters.underruns += 1
            voice?.played(AudioFrame.silence().samples)
            sink?.play(.silence(channels: sound.channels))
        }
        fetch()
    }

    private func fetch() {
        guard !pullIsUnderWay else { return }
        pullIsUnderWay = true
        port.pull(sound.takeReport())
    }

    /// Takes the answer to a pull, with the packet it is about.
    func receive(_ pull: AudioPull, _ payload: [UInt8]) {
        pullIsUnderWay = false
        decoded.removeAll(keepingCapacity: true)
        do { try decode(pull, payload) } catch {
            counters.decodeErrors += 1
            decoded.removeAll(keepingCapacity: true)
            decoded.append(contentsOf: repeatElement(0, count: pull.samples * sound.channels))
        }
        sound.append(decoded, for: pull)
        while owedBlocks > 0, sound.samplesAhead >= Self.samplesPerTick { playBlock() }
        if owedBlocks > 0 { fetch() }
    }

    private func playBlock() {
        owedBlocks -= 1
        block.removeAll(keepingCapacity: true)
        sound.take(into: &block)
        if sound.channels == 1 {
            voice?.played(block)
        } else if let voice {
            heard.removeAll(keepingCapacity: true)
            Self.mix(block, into: &heard)
            voice.played(heard)
        }
        sink?.play(AudioFrame(samples: block, channels: sound.channels))
    }

    /// Appends one channel of two: what a microphone hears of both loudspeakers.
    static func mix(_ stereo: [Int16], into mono: inout [Int16]) {
        for start in stride(from: 0, to: stereo.count - 1, by: 2) {
            mono.append(Int16((Int(stereo[start]) + Int(stereo[start + 1])) / 2))
        }
    }

    private func decode(_ pull: AudioPull, _ payload: [UInt8]) throws(CodecError) {
        switch pull.source {
        case .packet: _ = try decoder.decode(payload, into: &decoded)
        case .fec: _ = try decoder.decodeFEC(payload, samples: pull.samples, into: &decoded)
        case .conceal, .comfortNoise: try decoder.conceal(anyCount: pull.samples, into: &decoded)
        case .silence, .nothing: break
        }
    }
}

/// What the audio pipeline counts.
struct AudioPipelineCounters: Sendable {
    var encodeErrors = 0
    var decodeErrors = 0
    /// Ticks at which no answer came in time.
    var underruns = 0
    var playedSamples = 0
    /// The state of the echo canceller in words; nil without one.
    var echo: String?
}

/// The pipeline's way to the session: all return at once and do their work on the session's executor.
struct AudioPort: Sendable {
    var send: @Sendable (EncodedAudio) -> Void
    var pull: @Sendable (PlayoutReport) -> Void
    /// Answered with `setLine`.
    var askForLine: @Sendable () -> Void
}
