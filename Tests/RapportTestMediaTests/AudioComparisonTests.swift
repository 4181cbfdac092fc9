import Foundation
import RapportBase
import RapportTestMedia
import Testing

@Suite("Audio comparison")
struct AudioComparisonTests {
    private static let sixSeconds: [Int16] = (0..<600).flatMap { ToneSource().block($0).samples }

    static func sound(seconds: Int) -> [Int16] { Array(sixSeconds[..<(seconds * 48_000)]) }

    /// Pushes both sounds in blocks of 10 ms, the source first.
    static func compare(_ source: [Int16], _ received: [Int16]) -> AudioComparisonReport {
        var comparison = AudioComparison()
        for start in stride(from: 0, to: min(source.count, received.count) / 480 * 480, by: 480) {
            comparison.pushSource(Array(source[start..<start + 480]))
            comparison.pushReceived(Array(received[start..<start + 480]))
        }
        comparison.finish()
        return comparison.report
    }

    @Test("a constant delay is recovered to the sample", arguments: [0, 1, 480, 3331, 20_011, 47_999])
    func delay(samples: Int) throws {
        let source = Self.sound(seconds: 4)
        let report = Self.compare(source, Array(repeating: 0, count: samples) + source)
        #expect(report.delaySamples == samples)
        #expect(report.windows == 8 && report.alignedWindows >= 6)
        #expect(abs(try #require(report.delayMilliseconds) - Double(samples) / 48) < 1e-9)
        #expect(report.gaps == 0)
    }

    @Test("the same sound has no distance, the highest ratio, no drift and no gap")
    func identical() throws {
        let source = Self.sound(seconds: 4)
        let report = Self.compare(source, source)
        #expect(report.segmentalSNR == 35 && report.spectralDistance == 0 && report.gaps == 0)
        #expect(abs(try #require(report.driftPartsPerMillion)) < 0.1)
        #expect(abs(try #require(report.levelDifference)) < 1e-9)
    }

    @Test("a slow drift is measured and followed", arguments: [-150.0, 80, 300])
    func drift(partsPerMillion: Double) throws {
        let source = Self.sound(seconds: 6)
        let step = 1 / (1 + partsPerMillion / 1e6)
        let start = 2400
        let received: [Int16] = (0..<source.count).map { index in
            let place = Double(index - start) * step
            guard place >= 0, Int(place) + 1 < source.count else { return 0 }
            let (low, part) = (Int(place), place - place.rounded(.down))
            return Int16((Double(source[low]) * (1 - part) + Double(source[low + 1]) * part).rounded())
        }
        let report = Self.compare(source, received)
        #expect(abs(try #require(report.driftPartsPerMillion) - partsPerMillion) < 20, "\(report)")
        #expect(report.gaps == 0)
        let shift = try #require(report.longestDelaySamples) - (try #require(report.shortestDelaySamples))
        #expect(Double(shift) >= abs(partsPerMillion) * 1e-6 * 48_000 * 4.5)
    }

    @Test("gaps are counted and timed; what is as short as 20 ms is not a gap")
    func gaps() {
        let source = Self.sound(seconds: 5)
        let delay = 4800
        var received = Array(repeating: Int16(0), count: delay) + source
        for (start, milliseconds) in [(60_000, 60), (110_000, 200), (160_000, 20), (190_000, 40)] {
            for index in start..<start + milliseconds * 48 { received[index] = 0 }
        }
        let report = Self.compare(source, received)
        #expect(report.gaps == 3)
        #expect(report.longestGap >= .milliseconds(190) && report.longestGap <= .milliseconds(205))
        #expect(report.totalGap >= .milliseconds(280) && report.totalGap <= .milliseconds(305))
        #expect(report.delaySamples == delay)
    }

    @Test("a gap over several windows is one gap, at the delay found before it")
    func longGap() {
        let source = Self.sound(seconds: 6)
        var received = Array(repeating: Int16(0), count: 960) + source
        for index in 60_000..<60_000 + 96_000 { received[index] = 0 }
        let report = Self.compare(source, received)
        #expect(report.gaps == 1)
        #expect(report.longestGap >= .milliseconds(1985) && report.longestGap <= .milliseconds(2005))
        #expect(report.delaySamples == 960)
    }

    @Test("noise of a known power gives its ratio")
    func knownNoise() throws {
        let source = Self.sound(seconds: 4)
        var generator = Generator(state: 31)
        let power = source.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(source.count)
        var last = 0.0
        for decibels in [20.0, 10.0, 0] {
            let sigma = (power / pow(10, decibels / 10)).squareRoot()
            let noisy = source.map { Int16(clamping: Int(Double($0) + sigma * generator.gaussian())) }
            let report = Self.compare(source, noisy)
            #expect(report.delaySamples == 0)
            #expect(abs(try #require(report.segmentalSNR) - decibels) < 1, "\(report)")
            #expect(try #require(report.spectralDistance) > last + 1)
            last = try #require(report.spectralDistance)
        }
    }

    @Test("another level shows as such")
    func level() throws {
        let source = Self.sound(seconds: 3)
        let report = Self.compare(source, source.map { $0 / 2 })
        #expect(abs(try #require(report.levelDifference) + 6.02) < 0.05)
        #expect(report.delaySamples == 0 && report.gaps == 0)
    }

    @Test("a jump of the delay is followed")
    func jump() throws {
        let source = Self.sound(seconds: 6)
        let received =
            Array(repeating: Int16(0), count: 2000) + source[..<144_000] + Array(repeating: 0, count: 9600)
            + source[144_000...]
        let report = Self.compare(source, received)
        #expect(report.delaySamples == 11_600)
        #expect(report.shortestDelaySamples == 2000 && report.longestDelaySamples == 11_600)
    }

    @Test("other sound is not aligned, and silence is neither aligned nor a gap before the first alignment")
    func otherSound() throws {
        let source = Self.sound(seconds: 3)
        let silent = Self.compare(source, Array(repeating: 0, count: source.count))
        #expect(silent.alignedWindows == 0 && silent.delaySamples == nil && silent.gaps == 0 && silent.windows == 6)
        var generator = Generator(state: 77)
        let noise = Self.compare(source, source.map { _ in Int16(clamping: Int(3000 * generator.gaussian())) })
        #expect(noise.alignedWindows == 0)
    }

    @Test("a side that runs ahead is refused beyond ten seconds, and counted")
    func bounded() {
        var comparison = AudioComparison()
        let block = Array(repeating: Int16(1), count: 4800)
        for _ in 0..<150 { comparison.pushReceived(block) }
        #expect(comparison.report.droppedBlocks == 50)
        for _ in 0..<150 { comparison.pushSource(block) }
        #expect(comparison.report.droppedBlocks == 50)
        #expect(comparison.report.windows == 20)
    }
}
