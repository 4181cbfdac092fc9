import Rapport
import RapportBase

/// Nobody speaks.
struct Silence: AudioSource {
    mutating func read() -> AudioFrame? { nil }
}

/// A grey picture of 320×180, 30 times a second.
struct StillPicture: VideoSource {
    let width = 320
    let height = 180
    let frameRate = 30
    private let picture = I420Buffer(width: 320, height: 180) { $0.update(repeating: 128) }

    mutating func nextFrame(at time: Timestamp) -> VideoFrame? { VideoFrame(buffer: picture, timestamp: time) }
}

/// Notes that a picture was shown.
struct FrameSink: VideoSink {
    let side: Timeline.Side
    let timeline: Timeline

    func render(_ frame: VideoFrame) { timeline.note(.frame, side) }
}
