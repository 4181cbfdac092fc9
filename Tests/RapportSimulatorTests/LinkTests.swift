import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Links")
struct LinkTests {
    /// Gives packets of 1000 bytes to a link at these milliseconds; when each comes out, nil when it does not.
    private func arrivals(_ configuration: LinkConfiguration, at times: [Double], seed: UInt64 = 1) -> [Timestamp?] {
        var link = Link(configuration, SimulationGenerator(seed: seed))
        return times.enumerated().map { index, time in
            let now = Timestamp(nanoseconds: Int64(time * 1e6))
            let packet = QueuedPacket(slot: Int32(index), bytes: 1000, flow: 0, queuedAt: now)
            guard case .passes = link.accept(packet) else { return nil }
            return link.arrival(of: packet, leaving: now)
        }
    }

    @Test("the delay is exact and follows its steps without overtaking")
    func delay() {
        var link = LinkConfiguration(delay: .milliseconds(30))
        link.delay.append(.init(at: .milliseconds(100), delay: .milliseconds(10)))
        let came = arrivals(link, at: [0, 50, 99, 101, 150])
        // The one of 101 ms would come at 111: not before the one of 99.
        #expect(came == [30, 80, 129, 129, 160].map { .milliseconds($0) })
    }

    @Test("jitter without reordering keeps the order and its bounds; with it packets overtake")
    func jitter() {
        var link = LinkConfiguration(delay: .milliseconds(10))
        let times = (0..<2000).map { Double($0) * 2 }
        link.jitter = .gaussian(deviation: .milliseconds(5), bound: 3, reorders: false)
        let apart = times.map { $0 * 20 }
        let ordered = arrivals(link, at: apart).compactMap { $0 }
        #expect(ordered.count == 2000 && ordered == ordered.sorted())
        let extra = zip(ordered, apart).map { $0.inMilliseconds - $1 - 10 }
        #expect(extra.allSatisfy { $0 >= 0 && $0 <= 30 })
        #expect(extra.contains { $0 < 8 } && extra.contains { $0 > 22 })
        link.jitter = .uniform(most: .milliseconds(30), reorders: true)
        let mixed = arrivals(link, at: times).compactMap { $0 }
        #expect(zip(mixed, mixed.dropFirst()).count { $0 > $1 } > 200)
    }

    @Test("random loss and Gilbert-Elliott lose what they say, the latter in bursts")
    func loss() {
        func bursts(_ model: LossModel) -> (share: Double, mean: Double) {
            var process = LossProcess(model)
            var generator = SimulationGenerator(seed: 4)
            let lost = (0..<200_000).map { _ in process.loses(&generator) }
            let starts = zip([false] + lost, lost).count { !$0 && $1 }
            let count = lost.count { $0 }
            return (Double(count) / 200_000, Double(count) / Double(max(starts, 1)))
        }
        let random = bursts(.independent(0.1))
        #expect(abs(random.share - 0.1) < 0.005 && abs(random.mean - 1.11) < 0.05)
        // Bad for 1/6 of the time, all lost then: bursts of five on average.
        let bad = bursts(.gilbertElliott(toBad: 0.04, toGood: 0.2, lossWhenGood: 0, lossWhenBad: 1))
        #expect(abs(bad.share - 1.0 / 6) < 0.01 && abs(bad.mean - 5) < 0.3)
    }

    @Test("a policer lets the bucket through and then the rate")
    func policer() {
        var bucket = TokenBucket(rate: .kilobits(800), capacity: 10_000)
        let burst = (0..<20).count { _ in bucket.admits(1000, at: .zero) }
        #expect(burst == 10)
        // 100 bytes each millisecond.
        let later = (1...1000).count { bucket.admits(1000, at: .milliseconds(Int64($0))) }
        #expect(later == 100)
    }

    @Test("aggregation delivers at multiples of its interval")
    func aggregation() {
        var link = LinkConfiguration(delay: .milliseconds(5))
        link.aggregation = .milliseconds(100)
        let came = arrivals(link, at: [0, 20, 94, 96, 250])
        #expect(came == [100, 100, 100, 200, 300].map { .milliseconds($0) })
    }

    @Test("an outage loses all, before and after nothing")
    func outage() {
        var link = LinkConfiguration(delay: .milliseconds(5))
        link.outages = [.init(from: .milliseconds(10), to: .milliseconds(20))]
        #expect(arrivals(link, at: [9, 10, 19, 20]).map { $0 == nil } == [false, true, true, false])
    }

    @Test("drop-tail holds its bytes or its time, and the time follows the rate")
    func dropTail() {
        func held(_ limit: QueueLimit, rate: Int) -> Int {
            var queue = LinkQueue(.dropTail(limit), SimulationGenerator(seed: 1))
            return (0..<1000).count { index in
                let packet = QueuedPacket(slot: Int32(index), bytes: 1000, flow: 0, queuedAt: .zero)
                return queue.enqueue(packet, rate: .kilobits(rate))
            }
        }
        #expect(held(.bytes(25_000), rate: 1000) == 25)
        #expect(held(.time(.milliseconds(300)), rate: 1000) == 37)
        #expect(held(.time(.milliseconds(300)), rate: 4000) == 150)
        #expect(held(.time(.milliseconds(300)), rate: 0) == 3)
    }
}
