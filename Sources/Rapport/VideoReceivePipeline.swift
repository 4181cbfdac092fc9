import RapportBase
import RapportCodecs
import RapportICE

/// Pictures of one receiving transceiver: decodes each frame that the session releases and hands it to the sink.
actor VideoReceivePipeline: ExecutorBound {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let clock: SessionClock
    private let requestKeyFrame: @Sendable () -> Void
    private var decoder: VP8Decoder
    private var sink: (any VideoSink)?
    private var lastRendered: Timestamp?
    private var counters = VideoReceivePipelineCounters()

    init(
        executor: GLibExecutor, clock: SessionClock, requestKeyFrame: @escaping @Sendable () -> Void
    ) throws(CodecError) {
        self.executor = executor
        self.clock = clock
        self.requestKeyFrame = requestKeyFrame
        decoder = try VP8Decoder()
    }

    func setSink(_ sink: (any VideoSink)?) { self.sink = sink }

    func statistics() -> VideoReceivePipelineCounters { counters }

    func decode(_ frame: EncodedVideo) {
        let began = clock.now
        do {
            guard let picture = try decoder.decode(frame.bytes, timestamp: frame.time) else { return }
            counters.count(picture, isKeyFrame: frame.isKeyFrame, took: clock.now - began)
            noteRendering(at: clock.now)
            sink?.render(picture)
        } catch {
            counters.errors += 1
            requestKeyFrame()
        }
    }

    // webrtc-stats, freezeCount: an interval of at least max(3 δ, δ + 150 ms), δ being the mean interval.
    private func noteRendering(at now: Timestamp) {
        defer { lastRendered = now }
        guard let lastRendered else { return }
        let interval = now - lastRendered
        if let mean = counters.meanInterval, interval >= max(mean * 3, mean + .milliseconds(150)) {
            counters.freezes += 1
            counters.freezeTime += interval
        }
        counters.noteInterval(interval)
    }
}

/// What a receiving video pipeline counts.
struct VideoReceivePipelineCounters: Sendable {
    var decoded = 0
    var keyFrames = 0
    var errors = 0
    var decodeTime = Duration.zero
    var width = 0
    var height = 0
    var freezes = 0
    var freezeTime = Duration.zero
    private(set) var meanInterval: Duration?

    mutating func count(_ frame: VideoFrame, isKeyFrame: Bool, took time: Duration) {
        decoded += 1
        if isKeyFrame { keyFrames += 1 }
        decodeTime += time
        width = frame.width
        height = frame.height
    }

    mutating func noteInterval(_ interval: Duration) {
        meanInterval = meanInterval.map { $0 + (interval - $0) / 16 } ?? interval
    }
}
