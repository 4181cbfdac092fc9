import Glibc
import RapportBase
import RapportCodecs
import RapportICE
import RapportMedia

/// Sound of one connection: every 10 ms it reads the source, encodes, decodes what arrived and plays it.
///
/// It runs on an executor of its own kind, not the session's. Encoded packets and requests for received ones cross as
/// jobs, in order; nothing here waits for the session, so a busy session delays sound but never stops the tick.
actor AudioPipeline: ExecutorBound {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opus frames of 20 ms: RFC 7587 section 4.2 recommends them.
    static let samplesPerPacket = 960
    static let samplesPerTick = 480
    /// A thread that was held up runs its ticks late and close together, closer than an answer takes. Silence in such
    /// a place would be heard twice: as a gap, and as the delay that it leaves behind.
    static let maximumOwedBlocks = 4

    private let clock: SessionClock
    private let port: AudioPort
    private var encoder: OpusEncoder
    private var decoder: OpusDecoder
    private var source: (any AudioSource)?
    private var sink: (any AudioSink)?
    private var timer: ExecutorTimer?
    private var sends = false
    private var receives = false
    private var captured: [Int16] = []
    private var decoded: [Int16] = []
    private var encoded: [UInt8] = []
    private var mediaTime: UInt32 = 0
    private var pullIsUnderWay = false
    /// Blocks that were due while the answer to a pull was on its way; they are played as soon as it is here.
    private var owedBlocks = 0
    private var counters = AudioPipelineCounters()

    init(executor: GLibExecutor, clock: SessionClock, port: AudioPort) throws(CodecError) {
        self.executor = executor
        self.clock = clock
        self.port = port
        // A call with loss is the rule on poor lines: FEC is on from the start, for an honest five percent.
        encoder = try OpusEncoder(configuration: OpusEncoderConfiguration(expectedLoss: 5))
        decoder = try OpusDecoder()
        captured.reserveCapacity(2 * Self.samplesPerPacket)
        decoded.reserveCapacity(8 * Self.samplesPerPacket)
        encoded.reserveCapacity(1500)
    }

    func setSource(_ source: sending (any AudioSource)?) { self.source = source }

    func setSink(_ sink: (any AudioSink)?) { self.sink = sink }

    /// Starts or stops each direction; the tick runs while either is on.
    func setDirections(sends: Bool, receives: Bool) {
        self.sends = sends
        self.receives = receives
        guard sends || receives else { return cancelTick() }
        guard timer == nil else { return }
        timer = executor.addTimer(every: .milliseconds(10)) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    /// Ends both directions and lets go of the source and the sink.
    func stop() {
        cancelTick()
        source = nil
        sink = nil
    }

    private func cancelTick() {
        timer?.cancel()
        timer = nil
    }

    func statistics() -> AudioPipelineCounters { counters }

    private func tick() {
        if sends { capture() }
        if receives { play() }
    }

    // MARK: Sending

    private func capture() {
        let frame = source?.read()
        if let frame, frame.sampleRate == 48_000, frame.channels == 1, frame.samples.count == Self.samplesPerTick {
            captured.append(contentsOf: frame.samples)
        } else {
            captured.append(contentsOf: repeatElement(0, count: Self.samplesPerTick))
        }
        guard captured.count >= Self.samplesPerPacket else { return }
        encode()
        captured.removeAll(keepingCapacity: true)
    }

    private func encode() {
        encoded.removeAll(keepingCapacity: true)
        guard (try? encoder.encode(captured, into: &encoded)) != nil else { return counters.encodeErrors += 1 }
        let level = Self.level(captured)
        let packet = EncodedAudio(
            bytes: encoded, samples: Self.samplesPerPacket, rtpTimestamp: RTPTimestamp(mediaTime), level: level,
            voiceActivity: level < 50)
        mediaTime &+= UInt32(Self.samplesPerPacket)
        port.send(packet)
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

    /// Plays the next 10 ms, or owes it for a moment.
    func play() {
        let hasBegun = counters.playedSamples > 0
        counters.playedSamples += Self.samplesPerTick
        if hasBegun || decoded.count >= Self.samplesPerTick { owedBlocks += 1 }
        playOwedBlocks()
        if owedBlocks > Self.maximumOwedBlocks {
            owedBlocks -= 1
            counters.underruns += 1
            sink?.play(.silence())
        }
        fetch()
    }

    private func playOwedBlocks() {
        while owedBlocks > 0, decoded.count >= Self.samplesPerTick {
            let frame = AudioFrame(samples: Array(decoded[..<Self.samplesPerTick]))
            decoded.removeFirst(Self.samplesPerTick)
            owedBlocks -= 1
            sink?.play(frame)
        }
    }

    // What the next tick needs is fetched now: the answer comes back as a job well before it.
    private func fetch() {
        guard decoded.count < Self.samplesPerTick, !pullIsUnderWay else { return }
        pullIsUnderWay = true
        port.pull()
    }

    /// Takes the answer to a pull.
    func receive(_ pull: AudioPull) {
        pullIsUnderWay = false
        do { try decode(pull) } catch {
            counters.decodeErrors += 1
            decoded.append(contentsOf: repeatElement(0, count: pull.samples))
        }
        playOwedBlocks()
        if owedBlocks > 0 { fetch() }
    }

    private func decode(_ pull: AudioPull) throws(CodecError) {
        switch pull {
        case .packet(let bytes, _): _ = try decoder.decode(bytes, into: &decoded)
        case .fec(let bytes, let samples): _ = try decoder.decodeFEC(bytes, samples: samples, into: &decoded)
        case .conceal(let samples), .comfortNoise(let samples):
            _ = try decoder.conceal(samples: samples, into: &decoded)
        case .silence(let samples): decoded.append(contentsOf: repeatElement(0, count: samples))
        }
    }
}

/// What the audio pipeline counts.
struct AudioPipelineCounters: Sendable {
    var encodeErrors = 0
    var decodeErrors = 0
    /// Ticks at which nothing was decoded in time.
    var underruns = 0
    var playedSamples = 0
}

/// The pipeline's way to the session: both return at once and do their work on the session's executor.
struct AudioPort: Sendable {
    var send: @Sendable (EncodedAudio) -> Void
    var pull: @Sendable () -> Void
}
