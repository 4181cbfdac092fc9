import BenchmarkSupport
import FloorClip
import RapportBase
import RapportCodecs

/// How the engine's VP8 encoder follows its target: what `VideoModel` is set to, measured.
///
///     encoder-curve [--clip FILE] [--buffer MS --initial MS --optimal MS]
///
/// Prints for each step of the target what came in the frames after it, over what was asked for.
@main
enum EncoderCurve {
    private static let (width, height) = (640, 360)
    private static let steps = [300, 1500, 600, 150, 800, 1500, 300]
    private static let secondsEach = 6

    static func main() throws {
        let pictures = makePictures(Options().text("--clip"))
        var configuration = VP8EncoderConfiguration()
        configuration.bitrate = .kilobits(steps[0])
        let options = Options()
        let buffer = configuration.buffer
        configuration.buffer = VP8RateBuffer(
            size: options.number("--buffer", buffer.size, in: 10...10_000),
            initial: options.number("--initial", buffer.initial, in: 1...10_000),
            optimal: options.number("--optimal", buffer.optimal, in: 1...10_000))
        var encoder = try VP8Encoder(width: width, height: height, configuration: configuration)
        var number = 0
        print("kbps     first frames over their budget              0.1 s  0.2 s  0.5 s  1 s   rest  deviation")
        for target in steps {
            try encoder.setBitrate(.kilobits(target))
            var shares: [Double] = []
            for _ in 0..<secondsEach * 30 {
                let time = RTPTimestamp(rawValue: UInt32(number * 3000))
                let frame = VideoFrame(buffer: picture(pictures, number), timestamp: .milliseconds(Int64(number * 33)))
                let coded = try encoder.encode(frame, rtpTimestamp: time)
                shares.append(Double((coded?.bytes.count ?? 0) * 8 * 30) / Double(target * 1000))
                number += 1
            }
            report(target, shares)
        }
    }

    private static func report(_ target: Int, _ shares: [Double]) {
        let first = shares.prefix(8).map(shown).joined(separator: " ")
        let means = [3, 6, 15, 30].map { shown(mean(shares.prefix($0))) }.joined(separator: "   ")
        let rest = shares.dropFirst(60)
        let average = mean(rest)
        let spread = mean(rest.map { ($0 - average) * ($0 - average) }).squareRoot() / average
        print("\(target)  \(first)    \(means)   \(shown(average))  \(shown(spread))")
    }

    private static func mean(_ values: some Collection<Double>) -> Double {
        values.reduce(0, +) / Double(max(values.count, 1))
    }

    private static func shown(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100)." + String("\(hundredths % 100 + 100)".dropFirst())
    }

    private static func makePictures(_ path: String?) -> [I420Buffer] {
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

    // Forwards and backwards, so that there is no cut.
    private static func picture(_ pictures: [I420Buffer], _ number: Int) -> I420Buffer {
        let period = max(2 * (pictures.count - 1), 1)
        let place = number % period
        return pictures[place < pictures.count ? place : period - place]
    }
}
