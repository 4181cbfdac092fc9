import Foundation
import Rapport
import RapportBase
import RapportCodecs
import RapportTestMedia
import Synchronization

/// Compares the pictures that arrive with the clip that is known to be sent. Keeps no picture.
///
/// Each picture carries its number in the clip (`FrameMark`); the clip is decoded along with what arrives.
final class PictureMeasure: VideoSink {
    struct Result: Codable, Sendable {
        var frames = 0
        var unreadable = 0
        var meanPSNR: Double?
        var lowestPSNR: Double?
        var meanSSIM: Double?
    }

    private struct State {
        var reference: ReferenceClip?
        var comparison = VideoComparison()
        var result = Result()
        var firstFrame: ContinuousClock.Instant?
    }

    private let state: Mutex<State>

    init(clip: String?) throws(MediaSourceError) {
        let reference = try clip.map { name throws(MediaSourceError) in ReferenceClip(try MediaSources.ivf(name)) }
        state = Mutex(State(reference: reference))
    }

    func render(_ frame: VideoFrame) {
        state.withLock { state in
            if state.firstFrame == nil { state.firstFrame = .now }
            state.result.frames += 1
            guard state.reference != nil else { return }
            guard let number = FrameMark.read(frame.buffer), let sent = state.reference?.picture(number) else {
                return state.result.unreadable += 1
            }
            state.comparison.push(sent: sent, received: frame.buffer)
        }
    }

    var firstFrame: ContinuousClock.Instant? { state.withLock { $0.firstFrame } }

    var result: Result {
        state.withLock { state in
            var result = state.result
            result.meanPSNR = state.comparison.meanPSNR
            result.lowestPSNR = state.comparison.lowestPSNR
            result.meanSSIM = state.comparison.meanSSIM
            return result
        }
    }
}

/// The pictures of a clip, decoded forward and from the start again as they are asked for.
private struct ReferenceClip: ~Copyable {
    private let file: IVFFile
    private var decoder: VP8Decoder?
    private var next = 0
    private var current: I420Buffer?

    init(_ file: IVFFile) { self.file = file }

    mutating func picture(_ number: Int) -> I420Buffer? {
        guard file.frames.indices.contains(number) else { return nil }
        if number < next - 1 || decoder == nil { restart() }
        while next <= number {
            current = try? decoder?.decode(file.frames[next].bytes, timestamp: .zero)?.buffer
            next += 1
        }
        return current
    }

    private mutating func restart() {
        decoder = try? VP8Decoder()
        next = 0
    }
}

/// Compares the sound that arrives with the sound that is known to be sent, and keeps the loudness for a meter.
final class SoundMeasure: AudioSink {
    struct Result: Codable, Sendable {
        var seconds = 0.0
        var comparedWindows = 0
        var alignedWindows = 0
        var segmentalSNR: Double?
        var spectralDistance: Double?
        var gaps = 0
        var longestGapMs = 0.0
    }

    private struct State {
        var expected: [AudioFrame] = []
        var next = 0
        var comparison = AudioComparison()
        var blocks = 0
        var firstSound: ContinuousClock.Instant?
        var peak: Int16 = 0
    }

    /// The two ends do not start in the same moment: what arrives is held back by this much, so that the sound that
    /// is known never comes after it.
    private static let headStart = 50

    private let state: Mutex<State>

    init(file: String?) throws(MediaSourceError) {
        let expected = try file.map { name throws(MediaSourceError) in try MediaSources.wav(name).blocks() } ?? []
        state = Mutex(State(expected: expected, comparison: AudioComparison(longestDelay: .seconds(2))))
    }

    func play(_ frame: AudioFrame) {
        state.withLock { state in
            state.blocks += 1
            let loudest = frame.samples.reduce(Int16(0)) { max($0, $1 == .min ? .max : abs($1)) }
            state.peak = max(loudest, state.peak)
            if loudest > 100, state.firstSound == nil { state.firstSound = .now }
            guard !state.expected.isEmpty else { return }
            if state.blocks == 1 {
                for _ in 0..<Self.headStart { Self.push(&state, AudioFrame.silence().samples) }
            }
            Self.push(&state, frame.samples)
        }
    }

    private static func push(_ state: inout State, _ received: [Int16]) {
        state.comparison.pushSource(state.expected[state.next % state.expected.count].samples)
        state.comparison.pushReceived(received)
        state.next += 1
    }

    var firstSound: ContinuousClock.Instant? { state.withLock { $0.firstSound } }

    /// Loudest sample since the last call, in dBFS.
    func takePeak() -> Double {
        state.withLock { state in
            defer { state.peak = 0 }
            return state.peak == 0 ? -100 : 20 * log10(Double(state.peak) / 32_767)
        }
    }

    var result: Result {
        state.withLock { state in
            let report = state.comparison.report
            return Result(
                seconds: Double(state.blocks) / 100, comparedWindows: report.windows,
                alignedWindows: report.alignedWindows, segmentalSNR: report.segmentalSNR,
                spectralDistance: report.spectralDistance, gaps: report.gaps,
                longestGapMs: report.longestGap.inMilliseconds)
        }
    }
}
