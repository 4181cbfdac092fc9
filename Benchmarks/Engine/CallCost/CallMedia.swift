import BenchmarkSupport
import FloorClip
import Glibc
import Rapport
import RapportBase

/// What a participant shows and says, made or read before anything is measured: the same as the floor encodes.
enum CallMedia {
    /// Of the video; the connection's limit is this and what it keeps for sound.
    static let kilobits = 1500
    static let audioReserve = 60

    static func pictures(_ path: String?, width: Int, height: Int) -> [I420Buffer] {
        var clip =
            path.map { clip_read($0, CInt(width), CInt(height), CInt(CLIP_HELD)) }
            ?? clip_make(CInt(width), CInt(height), CInt(CLIP_HELD))
        defer { clip_free(&clip) }
        return (0..<Int(clip.count)).map { index in
            I420Buffer(width: width, height: height) { target in
                guard let picture = clip.pictures[index] else { return }
                _ = target.initialize(from: UnsafeBufferPointer(start: picture, count: target.count))
            }
        }
    }

    /// Blocks of 10 ms.
    static func blocks(_ path: String?, seconds: Int) -> [AudioFrame] {
        let count = seconds * 48_000
        guard let samples = sound_read(path, CInt(count)) else { fail("no sound") }
        defer { free(samples) }
        return stride(from: 0, to: count, by: 480).map { start in
            AudioFrame(samples: Array(UnsafeBufferPointer(start: samples + start, count: 480)))
        }
    }
}

/// Pictures from memory, forwards and backwards as `clip_picture` takes them.
struct HeldClip: VideoSource {
    let pictures: [I420Buffer]
    let frameRate = 30
    private var next = 0

    init(_ pictures: [I420Buffer]) { self.pictures = pictures }

    var width: Int { pictures[0].width }
    var height: Int { pictures[0].height }

    mutating func nextFrame(at time: Timestamp) -> VideoFrame? {
        let period = max(2 * (pictures.count - 1), 1)
        let place = next % period
        next += 1
        return VideoFrame(buffer: pictures[place < pictures.count ? place : period - place], timestamp: time)
    }
}

/// Sound from memory, over and over.
struct HeldSound: AudioSource {
    let blocks: [AudioFrame]
    private var next = 0

    init(_ blocks: [AudioFrame]) { self.blocks = blocks }

    mutating func read() -> AudioFrame? {
        defer { next = (next + 1) % blocks.count }
        return blocks[next]
    }
}

/// Looks at nothing: a screen costs what it costs.
struct NoScreen: VideoSink {
    func render(_ frame: VideoFrame) {}
}

struct NoSpeaker: AudioSink {
    func play(_ frame: AudioFrame) {}
}
