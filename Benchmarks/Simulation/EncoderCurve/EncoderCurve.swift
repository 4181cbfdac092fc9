import BenchmarkSupport
import FloorClip
import Glibc
import RapportBase
import RapportCodecs

/// How the engine's VP8 encoder follows its target: what `VideoModel` is set to, measured.
///
///     encoder-curve [--clip FILE] [--buffer MS --initial MS --optimal MS]
///     encoder-curve --rate KBPS [--clip FILE]
///
/// Prints for each step of the target what came in the frames after it, over what was asked for; at one rate how the
/// sizes of pictures are spread over their mean, and what is left of the pictures.
@main
enum EncoderCurve {
    private static let (width, height) = (640, 360)
    private static let steps = [300, 1500, 600, 150, 800, 1500, 300]
    private static let secondsEach = 6

    static func main() throws {
        var configuration = VP8EncoderConfiguration()
        configuration.bitrate = .kilobits(steps[0])
        let options = Options()
        let buffer = configuration.buffer
        configuration.buffer = VP8RateBuffer(
            size: options.number("--buffer", buffer.size, in: 10...10_000),
            initial: options.number("--initial", buffer.initial, in: 1...10_000),
            optimal: options.number("--optimal", buffer.optimal, in: 1...10_000))
        let rate = options.number("--rate", 0, in: 0...10_000)
        // A whole sample clip at one rate.
        let pictures = makePictures(options.text("--clip"), limit: rate > 0 ? 300 : Int(CLIP_HELD))
        if rate > 0 { return try spread(at: rate, pictures, configuration) }
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

    /// Twenty seconds at one rate.
    private static func spread(
        at rate: Int, _ pictures: [I420Buffer], _ configuration: VP8EncoderConfiguration
    ) throws {
        var configuration = configuration
        configuration.bitrate = .kilobits(rate)
        var encoder = try VP8Encoder(width: width, height: height, configuration: configuration)
        var decoder = try VP8Decoder()
        var (sizes, quality) = ([Double](), [Double]())
        for number in 0..<600 {
            let source = picture(pictures, number)
            let frame = VideoFrame(buffer: source, timestamp: .milliseconds(Int64(number * 33)))
            let coded = try encoder.encode(frame, rtpTimestamp: RTPTimestamp(rawValue: UInt32(number * 3000)))
            guard let coded else { continue }
            let shown = try decoder.decode(coded.bytes, timestamp: frame.timestamp)
            guard number >= 30, let shown else { continue }
            sizes.append(Double(coded.bytes.count * 8 * 30) / Double(rate * 1000))
            quality.append(signalToNoise(source, shown.buffer))
        }
        sizes.sort()
        quality.sort()
        let parts = [0.5, 0.9, 0.95, 0.98, 0.99, 1].map { shown(sizes[Int(Double(sizes.count - 1) * $0)]) }
        print("size: mean \(shown(mean(sizes))), 50 to 100 %: " + parts.joined(separator: " "))
        let low = [0, 0.02, 0.1].map { shown(quality[Int(Double(quality.count - 1) * $0)]) }
        print("luma, dB: mean \(shown(mean(quality))), least, 2 and 10 %: " + low.joined(separator: " "))
    }

    private static func signalToNoise(_ sent: I420Buffer, _ received: I420Buffer) -> Double {
        let count = sent.width * sent.height
        let squares = sent.withUnsafeBytes { sent in
            received.withUnsafeBytes { received in
                (0..<count).reduce(into: 0) { sum, place in
                    let difference = Int(sent[place]) - Int(received[place])
                    sum += difference * difference
                }
            }
        }
        return -10 * log10(Double(max(squares, 1)) / Double(count) / 65_025)
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

    private static func makePictures(_ path: String?, limit: Int) -> [I420Buffer] {
        var clip =
            path.map { clip_read($0, CInt(width), CInt(height), CInt(limit)) }
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
