import RapportBase
import RapportCodecs
import RapportICE
import RapportMedia
import Synchronization

/// Pictures of one sending transceiver: asks the source at its frame rate, encodes, hands the result on.
actor VideoSendPipeline: ExecutorBound {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let clock: SessionClock
    private let send: @Sendable (EncodedVideo) -> Void
    private let report: @Sendable (VideoSendReport) -> Void
    /// How long what was sent before still waits in the session's pacer.
    private let backlog: SendBacklog
    private var source: (any VideoSource)?
    private var encoder: VP8Encoder?
    private var bitrate: Bitrate
    private var limits = VideoSendLimits()
    private var adaptation: VideoAdaptation?
    private var gate = FrameRateGate()
    private var timer: ExecutorTimer?
    private var isActive = false
    private var keyFrameWanted = false
    private var temporalLayers = 1
    private var wasPaused = false
    private var counters = VideoSendPipelineCounters()

    init(
        executor: GLibExecutor, clock: SessionClock, bitrate: Bitrate, backlog: SendBacklog,
        report: @escaping @Sendable (VideoSendReport) -> Void, send: @escaping @Sendable (EncodedVideo) -> Void
    ) {
        self.executor = executor
        self.clock = clock
        self.bitrate = bitrate
        self.backlog = backlog
        self.report = report
        self.send = send
    }

    func setSource(_ source: sending (any VideoSource)?) {
        self.source = source
        adaptation = nil
        restart()
    }

    func setActive(_ active: Bool) {
        guard active != isActive else { return }
        isActive = active
        keyFrameWanted = active
        adaptation = nil
        restart()
    }

    func setLimits(_ limits: VideoSendLimits) {
        self.limits = limits
        adaptation?.update(limits: limits, at: clock.now)
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
        adaptation?.update(target: bitrate, at: clock.now)
        try? encoder?.setBitrate(adaptation?.bitrate ?? bitrate)
    }

    func setTemporalLayers(_ layers: Int) { temporalLayers = layers }

    func statistics() -> VideoSendPipelineCounters {
        var counters = counters
        counters.bitrate = adaptation?.bitrate ?? bitrate
        counters.limitation = adaptation?.limitation ?? .none
        counters.formatChanges = adaptation?.changes ?? 0
        return counters
    }

    private func restart() {
        timer?.cancel()
        timer = nil
        guard isActive, let source else { return }
        timer = executor.addTimer(every: .nanoseconds(1_000_000_000 / Int64(max(source.frameRate, 1)))) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
        tick()
    }

    // The source goes on at its own pace whatever becomes of its pictures.
    private func tick() {
        let time = clock.now
        guard let frame = source?.nextFrame(at: time) else { return }
        let sourceRate = Double(max(source?.frameRate ?? 30, 1))
        guard let format = adapt(to: frame, sourceRate: sourceRate, at: time),
            gate.admits(format.frameRate, of: sourceRate)
        else { return }
        // What waits is older than what would be encoded now: skipping pictures empties the queue, adding makes it grow.
        if backlog.wait > Self.longestBacklog && !keyFrameWanted { return counters.dropped += 1 }
        do {
            guard let encoded = try encode(frame, as: format, at: time) else { return counters.dropped += 1 }
            let took = clock.now - time
            let quantizer = encoder?.lastQuantizer ?? 0
            counters.count(encoded, took: took, quantizer: quantizer)
            adaptation?.encoded(quantizer: quantizer, took: took, at: time)
            send(encoded)
        } catch {
            counters.errors += 1
        }
    }

    private static let longestBacklog: Duration = .milliseconds(200)

    /// What this picture shall be encoded as; nil while sound goes alone.
    private func adapt(to frame: VideoFrame, sourceRate: Double, at time: Timestamp) -> VideoFormat? {
        if adaptation == nil {
            let format = VideoFormat(width: frame.width, height: frame.height, frameRate: sourceRate)
            adaptation = VideoAdaptation(source: format, limits: limits, target: bitrate, at: time)
        }
        adaptation?.update(target: bitrate, at: time)
        let isPaused = adaptation?.isPaused ?? false
        if isPaused != wasPaused {
            wasPaused = isPaused
            // Whoever watches has had no picture for a while.
            keyFrameWanted = !isPaused
            report(isPaused ? .suspended : .resumed)
        }
        return adaptation?.format
    }

    private func encode(_ frame: VideoFrame, as format: VideoFormat, at time: Timestamp) throws(CodecError)
        -> EncodedVideo?
    {
        try prepareEncoder(format)
        let picture = frame.width == format.width && frame.height == format.height ? frame : frame.scaled(to: format)
        let ticks = RTPTimestamp(UInt32(truncatingIfNeeded: time.nanoseconds / 100_000 * 9))
        let wantsKeyFrame = keyFrameWanted
        keyFrameWanted = false
        return try encoder?.encode(picture, rtpTimestamp: ticks, forceKeyFrame: wantsKeyFrame)
    }

    private func prepareEncoder(_ format: VideoFormat) throws(CodecError) {
        let rate = adaptation?.bitrate ?? bitrate
        let frameRate = min(max(format.frameRate, 1), 120)
        guard encoder != nil else {
            encoder = try VP8Encoder(
                width: format.width, height: format.height,
                configuration: VP8EncoderConfiguration(
                    bitrate: rate, frameRate: frameRate, speed: -8,
                    screenContent: source?.contentHint == .text, temporalLayers: temporalLayers))
            return
        }
        try encoder?.reconfigure {
            $0.bitrate = rate
            $0.frameRate = frameRate
            $0.temporalLayers = temporalLayers
        }
    }
}

extension VideoFrame {
    fileprivate func scaled(to format: VideoFormat) -> VideoFrame {
        VideoFrame(
            buffer: PictureScaler.scaled(buffer, width: format.width, height: format.height), timestamp: timestamp)
    }
}

/// What a sending video pipeline tells its connection.
enum VideoSendReport: Sendable {
    /// The line carries sound alone for now.
    case suspended
    case resumed
}

/// Lets through as many of a source's pictures as a lower frame rate has, evenly.
struct FrameRateGate: Sendable {
    private var credit = 0.0

    mutating func admits(_ rate: Double, of sourceRate: Double) -> Bool {
        credit = min(credit + rate / max(sourceRate, 1), 2)
        // A thirtieth of a picture is what adding up thirds leaves over.
        guard credit >= 0.999 else { return false }
        credit -= 1
        return true
    }
}

/// How long the session's queue will take to leave, told across executors without a lock.
final class SendBacklog: Sendable {
    private let nanoseconds = Atomic<Int64>(0)

    var wait: Duration { .nanoseconds(nanoseconds.load(ordering: .relaxed)) }

    func update(_ wait: Duration) { nanoseconds.store(wait.wholeNanoseconds, ordering: .relaxed) }
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
    var limitation = VideoAdaptation.Limitation.none
    var formatChanges = 0
    /// What the encoder was told last.
    var bitrate = Bitrate.zero

    mutating func count(_ frame: EncodedVideo, took time: Duration, quantizer: Int) {
        quantizerSum += quantizer
        encoded += 1
        if frame.isKeyFrame { keyFrames += 1 }
        encodeTime += time
        width = frame.width
        height = frame.height
    }
}
