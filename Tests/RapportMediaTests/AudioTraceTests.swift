import RapportBase
import Testing

@testable import RapportMedia

/// Delay and concealment on arrival traces of a minute each. The bounds are what the buffer reaches, with room for
/// another seed; they are limits to stay under.
@Suite("AudioJitterBuffer on arrival traces")
struct AudioTraceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var trace: @Sendable (UInt64) -> ArrivalTrace
        var hasFEC = false
        /// Most mean delay in ms above the fastest path, most concealed percent above `share` of the loss.
        var delay: Double
        var concealed: Double
        var lossShare = 1.0
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "even arrivals", trace: { _ in .clean() }, delay: 20, concealed: 0.1),
        Case(name: "uniform 20 ms", trace: { .uniform(20, seed: $0) }, delay: 36, concealed: 0.3),
        Case(name: "uniform 60 ms", trace: { .uniform(60, seed: $0) }, delay: 80, concealed: 0.3),
        Case(name: "normal 10 ms", trace: { .gaussian(10, seed: $0) }, delay: 46, concealed: 0.3),
        Case(name: "normal 30 ms", trace: { .gaussian(30, seed: $0) }, delay: 102, concealed: 0.5),
        Case(name: "normal 60 ms", trace: { .gaussian(60, seed: $0) }, delay: 192, concealed: 0.6),
        Case(
            name: "normal 10 ms, reordered", trace: { .gaussian(10, reorders: true, seed: $0) }, delay: 46,
            concealed: 0.3),
        Case(
            name: "normal 30 ms, reordered", trace: { .gaussian(30, reorders: true, seed: $0) }, delay: 102,
            concealed: 0.5),
        Case(name: "busy wireless link", trace: { .wireless(seed: $0) }, delay: 130, concealed: 1),
        Case(name: "5 % loss", trace: { .randomLoss(0.05, seed: $0) }, delay: 33, concealed: 0.3),
        Case(
            name: "5 % loss, FEC", trace: { .randomLoss(0.05, seed: $0) }, hasFEC: true, delay: 37, concealed: 0.8,
            lossShare: 0),
        Case(
            name: "10 % loss, FEC", trace: { .randomLoss(0.1, seed: $0) }, hasFEC: true, delay: 37, concealed: 2.4,
            lossShare: 0),
        Case(
            name: "bursts of 10 %, FEC", trace: { .burstLoss(0.1, seed: $0) }, hasFEC: true, delay: 37, concealed: 0.5,
            lossShare: 0.75),
        Case(name: "a stall of 3 s", trace: { .stalls([(30_000, 3000)], seed: $0) }, delay: 40, concealed: 5.4),
        Case(
            name: "six stalls of 300 ms",
            trace: { .stalls((0..<6).map { (7000 + Double($0) * 8000, 300) }, seed: $0) }, delay: 170, concealed: 2),
        Case(name: "fast clock", trace: { .skew(100, seed: $0) }, delay: 45, concealed: 0.3),
        Case(name: "slow clock", trace: { .skew(-100, seed: $0) }, delay: 45, concealed: 0.3),
        Case(name: "path longer by 60 ms", trace: { .step(60, seed: $0) }, delay: 74, concealed: 0.5),
    ]

    @Test("delay and concealment stay within bounds", arguments: cases, [1, 2] as [UInt64])
    func bounds(of entry: Case, seed: UInt64) {
        let trace = entry.trace(seed)
        let result = TracePlayer(hasFEC: entry.hasFEC).play(trace)
        #expect(result.meanDelay <= entry.delay, "\(entry.name) seed \(seed)")
        let concealed = result.concealedPercent - 100 * trace.loss * entry.lossShare
        #expect(concealed <= entry.concealed, "\(entry.name) seed \(seed)")
        #expect(result.played.count >= Int(Double(trace.arrivals.count) * (1 - trace.loss)) * 9 / 10)
    }

    @Test("two seconds after a stall of three the delay is below 60 ms again")
    func recoversFromStall() {
        let result = TracePlayer().play(.stalls([(30_000, 3000)], seed: 7))
        let after = result.delayAt.filter { (35_000..<40_000).contains($0.time) }.map(\.delay)
        #expect(after.count > 200)
        #expect(after.allSatisfy { $0 < 60 })
        #expect(result.statistics.jitterBufferFlushes >= 1)
    }

    @Test("clocks that drift by 100 ppm for five minutes add no delay", arguments: [100.0, -100])
    func drift(_ parts: Double) {
        var generator = SeededGenerator(seed: 5)
        var trace = ArrivalTrace.make(15_000) { _, _ in abs(generator.normal(8)) }
        trace.arrivals = trace.arrivals.map { $0.map { $0 * (1 + parts * 1e-6) } }
        let result = TracePlayer().play(trace)
        let last = result.delayAt.suffix(1000).map { $0.delay - $0.time * parts * 1e-6 }
        #expect(last.reduce(0, +) / 1000 < 45)
        #expect(result.concealedPercent < 0.2)
        #expect(result.statistics.jitterBufferFlushes == 0)
    }

    @Test(
        "after jitter of seconds, and after media time jumped, sound is back to normal within 2 s", arguments: [1, 2])
    func upheavals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let wild = ArrivalTrace.make(1500, reorders: true) { index, _ in
            (300..<500).contains(index) ? Double.random(in: 0...3000, using: &generator) : abs(generator.normal(5))
        }
        let result = TracePlayer().play(wild)
        let after = result.delayAt.filter { $0.time > 10_000 + 3_000 + 2_000 }
        #expect(after.count > 600)
        let longest = after.map(\.delay).max() ?? 0
        #expect(longest < 150, "seed \(seed)")
        for jump in [-2.0, 2.0, 60.0, -60.0] {
            let ordinary = ArrivalTrace.make(1000) { _, _ in abs(generator.normal(5)) }
            var player = TracePlayer()
            player.mediaJump = (500, Int(jump * 48_000))
            let jumped = player.play(ordinary)
            let late = jumped.delayAt.filter { $0.time > 12_000 }
            #expect(late.count > 350 && late.allSatisfy { $0.delay < 80 }, "jump of \(jump) s")
            #expect(jumped.concealedPercent < 2, "jump of \(jump) s")
        }
    }

    @Test("on any trace packets are played once and in order, and every packet is counted once", arguments: 1...40)
    func invariants(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let loss = Double.random(in: 0..<0.3, using: &generator)
        let spread = Double.random(in: 0..<150, using: &generator)
        var losses = SeededGenerator(seed: seed &+ 99)
        var delays = SeededGenerator(seed: seed &+ 7)
        var trace = ArrivalTrace.make(
            800, reorders: generator.chance(0.5), loss: { _ in losses.chance(loss) },
            delay: { _, _ in delays.chance(0.01) ? 900 : abs(delays.normal(spread)) })
        if generator.chance(0.3) { for index in 300..<500 { trace.arrivals[index] = nil } }
        var player = TracePlayer(hasFEC: generator.chance(0.5))
        player.firstSequence = .random(in: 0...(.max), using: &generator)
        player.firstTimestamp = .random(in: 0...(.max), using: &generator)
        let result = player.play(trace)
        #expect(result.played == result.played.sorted(), "seed \(seed)")
        #expect(Set(result.played).count == result.played.count, "seed \(seed)")
        let s = result.statistics
        #expect(s.packetsReceived == s.packetsDecoded + s.drops.total + UInt64(result.heldAtEnd), "seed \(seed)")
        #expect(s.packetsDecoded == UInt64(result.played.count), "seed \(seed)")
        #expect(s.concealedSamples == UInt64(result.concealed), "seed \(seed)")
        #expect(s.totalSamplesReceived == UInt64(result.total), "seed \(seed)")
        // Every sample is heard, left out, or still there.
        #expect(result.total + result.inserted - result.removed == result.heard + result.left, "seed \(seed)")
        #expect(result.mostHeld <= 256, "seed \(seed)")
    }
}
