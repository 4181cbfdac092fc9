import RapportBase
import RapportCodecs
import RapportICE

/// Pictures of one sending transceiver: asks the source at its frame rate, encodes, hands the result on.
actor VideoSendPipeline: ExecutorBound {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let clock: SessionClock
    private let send: @Sendable (EncodedVideo) -> Void
    private var source: (any VideoSource)?
    private var encoder: VP8Encoder?
    private var bitrate: Bitrate
    private var timer: ExecutorTimer?
    private var isActive = false
    private var keyFrameWanted = false
    private var counters = VideoSendPipelineCounters()

    init(
        executor: GLibExecutor, clock: SessionClock, bitrate: Bitrate, send: @escaping @Sendable (EncodedVideo) -> Void
    ) {
        self.executor = executor
        self.clock = clock
        self.bitrate = bitrate
        self.send = send
    }

    func setSource(_ source: sending (any VideoSource)?) {
        self.source = source
        restart()
    }

    func setActive(_ active: Bool) {
        guard active != isActive else { return }
        isActive = active
        keyFrameWanted = active
        restart()
    }

    func stop() {
        timer?.cancel()
        timer = nil
        source = nil
        encoder = nil
    }

    func requestKeyFrame() { keyFrameWanted = true }

    func setBitrate(_ bitrate: Bitrate) {
        self.bitrate = bitrate
        try? encoder?.setBitrate(bitrate)
    }

    func statistics() -> VideoSendPipelineCounters { counters }

    private func restart() {
        timer?.cancel()
        timer = nil
        guard isActive, let source else { return }
        timer = executor.addTimer(every: .nanoseconds(1_000_000_000 / Int64(max(source.frameRate, 1)))) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
        tick()
    }

    private func tick() {
        let time = clock.now
        guard let frame = source?.nextFrame(at: time) else { return }
        do {
            guard let encoded = try encode(frame, at: time) else { return counters.dropped += 1 }
            counters.count(encoded, took: clock.now - time, quantizer: encoder?.lastQuantizer ?? 0)
            send(encoded)
        } catch {
            counters.errors += 1
        }
    }

    private func encode(_ frame: VideoFrame, at time: Timestamp) throws(CodecError) -> EncodedVideo? {
        if encoder == nil {
            encoder = try VP8Encoder(
                width: frame.width, height: frame.height,
                configuration: VP8EncoderConfiguration(
                    bitrate: bitrate, frameRate: Double(min(max(source?.frameRate ?? 30, 1), 120)), speed: -8))
        }
        let ticks = RTPTimestamp(UInt32(truncatingIfNeeded: time.nanoseconds / 100_000 * 9))
        let wantsKeyFrame = keyFrameWanted
        keyFrameWanted = false
        return try encoder?.encode(frame, rtpTimestamp: ticks, forceKeyFrame: wantsKeyFrame)
    }
}

/// What a sending video pipeline counts.
struct VideoSendPipelineCounters: Sendable {
    var encoded = 0
    var keyFrames = 0
    var dropped = 0
    var errors = 0
    var encodeTime = Duration.zero
    var width = 0
    var height = 0
    var quantizerSum = 0

    mutating func count(_ frame: EncodedVideo, took time: Duration, quantizer: Int) {
        quantizerSum += quantizer
        encoded += 1
        if frame.isKeyFrame { keyFrames += 1 }
        encodeTime += time
        width = frame.width
        height = frame.height
    }
}
