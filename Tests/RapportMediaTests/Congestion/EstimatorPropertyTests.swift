import RapportBase
import Testing

@testable import RapportMedia

/// Whatever an estimator is told, its rates stay within the bounds and nothing traps.
@Suite("Estimators on bad input")
struct EstimatorPropertyTests {
    private static let bounds = RateBounds(minimum: .kilobits(50), start: .kilobits(300), maximum: .kilobits(4000))

    private func isSane(_ estimator: any BandwidthEstimator) -> Bool {
        let decision = estimator.decision
        return decision.target >= Self.bounds.minimum && decision.target <= Self.bounds.maximum
            && decision.pacing >= decision.target && decision.pacing <= Self.bounds.maximum * 1.5
            && (decision.window ?? 1) > 0 && decision.padding <= Self.bounds.maximum
    }

    private func time(_ generator: inout SeededGenerator, near now: Int64) -> Timestamp {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: Timestamp(nanoseconds: .random(in: .min ... .max, using: &generator))
        case 1: Timestamp(nanoseconds: now &+ .random(in: -5_000_000_000...5_000_000_000, using: &generator))
        case 2: Timestamp(nanoseconds: [.min, .max, 0, -1].randomElement(using: &generator) ?? 0)
        default: Timestamp(nanoseconds: now &+ .random(in: 0...80_000_000, using: &generator))
        }
    }

    private func number(_ generator: inout SeededGenerator, _ next: Int64) -> Int64 {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: .random(in: .min ... .max, using: &generator)
        case 1: next &- .random(in: 0...5000, using: &generator)
        default: next
        }
    }

    private func bytes(_ generator: inout SeededGenerator) -> Int {
        generator.chance(0.05)
            ? [Int.min, .max, 0, -1, 65_535].randomElement(using: &generator) ?? 0
            : .random(in: 60...1300, using: &generator)
    }

    private func garbage(_ estimator: inout any BandwidthEstimator, seed: UInt64) -> Bool {
        var generator = SeededGenerator(seed: seed)
        var now: Int64 = 0
        var next: Int64 = 0
        for _ in 0..<3000 {
            now &+= .random(in: 0...30_000_000, using: &generator)
            let probe = estimator.takeProbe(at: time(&generator, near: now))?.id
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                estimator.packetSent(
                    SentPacket(
                        number: number(&generator, next), bytes: bytes(&generator),
                        sentAt: time(&generator, near: now), kind: .video,
                        probe: probe ?? (generator.chance(0.1) ? Int.random(in: -3...50, using: &generator) : nil)))
                next += 1
            }
            let results = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                PacketResult(
                    packet: SentPacket(
                        number: number(&generator, next), bytes: bytes(&generator),
                        sentAt: time(&generator, near: now), kind: .audio,
                        probe: generator.chance(0.2) ? Int.random(in: -3...50, using: &generator) : nil),
                    arrival: generator.chance(0.7) ? time(&generator, near: now) : nil,
                    isMarked: generator.chance(0.1))
            }
            estimator.received(results, at: time(&generator, near: now))
            let any = Int.random(in: .min ... .max, using: &generator)
            if generator.chance(0.1) {
                estimator.update(demand: Bitrate(bitsPerSecond: any), at: time(&generator, near: now))
            }
            if generator.chance(0.1) {
                estimator.update(
                    receiverLimit: generator.chance(0.5) ? nil : Bitrate(bitsPerSecond: any),
                    at: time(&generator, near: now))
            }
            if generator.chance(0.1) {
                estimator.update(roundTrip: time(&generator, near: 0) - .zero, at: time(&generator, near: now))
            }
            estimator.handleTimeout(at: time(&generator, near: now))
            guard isSane(estimator) else { return false }
        }
        return true
    }

    @Test("the rates of ours stay within bounds whatever comes", arguments: 1...60)
    func ours(seed: UInt64) {
        var estimator: any BandwidthEstimator = RapportEstimator(Self.bounds)
        #expect(garbage(&estimator, seed: seed), "seed \(seed)")
    }

    @Test("the rates of the baseline stay within bounds whatever comes", arguments: 1...60)
    func baseline(seed: UInt64) {
        var estimator: any BandwidthEstimator = GoogleCongestionControl(Self.bounds)
        #expect(garbage(&estimator, seed: seed), "seed \(seed)")
    }
}
