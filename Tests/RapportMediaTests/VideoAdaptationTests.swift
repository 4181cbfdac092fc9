import RapportBase
import Testing

@testable import RapportMedia

@Suite("Video adaptation")
struct VideoAdaptationTests {
    private static let source = VideoFormat(width: 640, height: 360, frameRate: 30)

    private static func make(
        _ limits: VideoSendLimits = VideoSendLimits(), source: VideoFormat = source, target: Bitrate = .kilobits(1500)
    ) -> VideoAdaptation {
        VideoAdaptation(source: source, limits: limits, target: target, at: .zero)
    }

    // Pictures at the format's own pace, whose quantizer and encoding time the closures give; the rate is told with each.
    private func run(
        _ adaptation: inout VideoAdaptation, from start: Timestamp, for time: Duration,
        target: (Timestamp) -> Bitrate, quantizer: (VideoAdaptation) -> Int = { _ in 40 },
        took: (VideoFormat) -> Duration = { _ in .milliseconds(3) }
    ) {
        var now = start
        while now < start + time {
            adaptation.update(target: target(now), at: now)
            if let format = adaptation.format {
                adaptation.encoded(quantizer: quantizer(adaptation), took: took(format), at: now)
            }
            now = now + .nanoseconds(Int64(1e9 / (adaptation.format?.frameRate ?? 10)))
        }
    }

    @Test("with enough rate the source's own format is kept, and nothing limits it")
    func enough() {
        var adaptation = Self.make()
        run(&adaptation, from: .zero, for: .seconds(30)) { _ in .kilobits(1500) }
        #expect(adaptation.format == Self.source && adaptation.changes == 0 && adaptation.limitation == .none)
        #expect(adaptation.bitrate == .kilobits(1500))
    }

    @Test("a fall of the rate is followed within a second, a rise after three seconds of room")
    func fallAndRise() {
        var adaptation = Self.make()
        run(&adaptation, from: .zero, for: .seconds(5)) { _ in .kilobits(1500) }
        run(&adaptation, from: .seconds(5), for: .milliseconds(800)) { _ in .kilobits(150) }
        #expect(adaptation.format == VideoFormat(width: 320, height: 180, frameRate: 30))
        #expect(adaptation.limitation == .bandwidth && adaptation.changes == 1)
        run(&adaptation, from: .seconds(6), for: .milliseconds(2900)) { _ in .kilobits(1500) }
        #expect(adaptation.changes == 1)
        run(&adaptation, from: .seconds(9), for: .milliseconds(500)) { _ in .kilobits(1500) }
        #expect(adaptation.format == Self.source && adaptation.changes == 2 && adaptation.limitation == .none)
    }

    @Test("a rate that is next to nothing while a queue is emptied changes nothing")
    func drains() {
        var adaptation = Self.make()
        run(&adaptation, from: .zero, for: .seconds(5)) { _ in .kilobits(1500) }
        for second in 5..<25 {
            run(&adaptation, from: .seconds(Int64(second)), for: .milliseconds(600)) { _ in .kilobits(10) }
            run(&adaptation, from: .milliseconds(Int64(second * 1000 + 600)), for: .milliseconds(400)) { _ in
                .kilobits(500)
            }
        }
        #expect(adaptation.changes == 0 && !adaptation.isPaused)
    }

    @Test("in the first second, while the line is still looked for, nothing is given up")
    func start() {
        var adaptation = Self.make(target: .kilobits(100))
        run(&adaptation, from: .zero, for: .milliseconds(900)) { _ in .kilobits(100) }
        #expect(adaptation.format == Self.source)
        run(&adaptation, from: .seconds(1), for: .seconds(1)) { _ in .kilobits(100) }
        #expect(adaptation.format?.width == 320)
    }

    @Test("a rate that swings about a step's least does not make the picture swing", arguments: 1...5)
    func hysteresis(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var adaptation = Self.make()
        run(&adaptation, from: .zero, for: .seconds(60)) { _ in .kilobits(Int.random(in: 200...300, using: &generator))
        }
        #expect(adaptation.changes <= 1, "seed \(seed)")
    }

    @Test("where even the smallest picture is too much, sound goes on alone; pictures return when there is room")
    func soundAlone() {
        var adaptation = Self.make()
        run(&adaptation, from: .zero, for: .seconds(3)) { _ in .kilobits(600) }
        run(&adaptation, from: .seconds(3), for: .milliseconds(1900)) { _ in .kilobits(12) }
        #expect(!adaptation.isPaused && adaptation.format?.width == 160)
        run(&adaptation, from: .seconds(5), for: .milliseconds(500)) { _ in .kilobits(12) }
        #expect(adaptation.isPaused && adaptation.format == nil && adaptation.limitation == .bandwidth)
        run(&adaptation, from: .seconds(6), for: .milliseconds(2800)) { _ in .kilobits(400) }
        #expect(adaptation.isPaused)
        run(&adaptation, from: .seconds(9), for: .milliseconds(800)) { _ in .kilobits(400) }
        #expect(!adaptation.isPaused && adaptation.format == Self.source)
    }

    @Test("quantizers that stay high cost one step, and it is not taken back while they are no better")
    func quantizer() {
        var adaptation = Self.make()
        // Busy pictures: at the full size 110, one step down 90.
        run(&adaptation, from: .zero, for: .seconds(30)) { _ in
            .kilobits(700)
        } quantizer: {
            $0.format == Self.source ? 110 : 90
        }
        #expect(adaptation.format?.width == 480 && adaptation.changes == 1 && adaptation.limitation == .bandwidth)
    }

    @Test("a processor that is short of time lowers the picture and says so; with time again the picture returns")
    func processor() {
        var adaptation = Self.make()
        let slow: (VideoFormat) -> Duration = { .microseconds($0.width * 60) }
        run(&adaptation, from: .zero, for: .seconds(20), target: { _ in .kilobits(1500) }, took: slow)
        #expect(adaptation.limitation == .cpu && adaptation.changes == 2, "\(adaptation.changes)")
        #expect(adaptation.format?.width == 320)
        run(&adaptation, from: .seconds(20), for: .seconds(20), target: { _ in .kilobits(1500) })
        #expect(adaptation.format == Self.source && adaptation.limitation == .none)
    }

    @Test("the application says what is given up first")
    func preferences() {
        var limits = VideoSendLimits()
        limits.degradationPreference = .maintainResolution
        var adaptation = Self.make(limits)
        run(&adaptation, from: .zero, for: .seconds(3)) { _ in .kilobits(160) }
        #expect(adaptation.format == VideoFormat(width: 640, height: 360, frameRate: 15))
        limits.degradationPreference = .maintainFramerate
        adaptation = Self.make(limits)
        run(&adaptation, from: .zero, for: .seconds(3)) { _ in .kilobits(60) }
        #expect(adaptation.format == VideoFormat(width: 240, height: 134, frameRate: 30))
    }

    @Test("limits hold: rate, frame rate and size")
    func limits() {
        var limits = VideoSendLimits()
        limits.maximumBitrate = .kilobits(400)
        limits.maximumFrameRate = 15
        limits.scaleResolutionDownBy = 2
        var adaptation = Self.make()
        adaptation.update(limits: limits, at: .seconds(1))
        adaptation.update(target: .kilobits(1500), at: .seconds(2))
        #expect(adaptation.format == VideoFormat(width: 320, height: 180, frameRate: 15))
        #expect(adaptation.bitrate == .kilobits(400) && adaptation.limitation == .none)
    }

    @Test("every ladder falls in what it asks, has even sizes, and none below what shows a face")
    func ladders() {
        for preference in DegradationPreference.allCases {
            for (width, height) in [(640, 360), (1280, 720), (320, 240), (1920, 1080), (16, 16), (641, 359)] {
                var limits = VideoSendLimits()
                limits.degradationPreference = preference
                let ladder = VideoLadder(
                    source: VideoFormat(width: width, height: height, frameRate: 30), limits: limits)
                let minima = ladder.steps.map(\.minimum)
                #expect(zip(minima, minima.dropFirst()).allSatisfy { $0 > $1 })
                #expect(ladder.steps.allSatisfy { $0.format.width % 2 == 0 && $0.format.height % 2 == 0 })
                #expect(
                    ladder.steps.dropFirst().allSatisfy { min($0.format.width, $0.format.height) >= 90 }
                        || preference == .maintainResolution)
            }
        }
    }
}
