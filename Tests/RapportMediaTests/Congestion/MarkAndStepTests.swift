import RapportBase
import Testing

@testable import RapportMedia

@Suite("Marks, steps and collapses")
struct MarkAndStepTests {
    /// Feeds an estimator a packet each 8 ms, 1250 bytes, and a report each 24 ms; what happens to a packet is told.
    private struct Feed {
        var estimator = RapportEstimator()
        private var number: Int64 = 0
        private var pending: [PacketResult] = []

        mutating func run(
            from start: Int64, to end: Int64, _ fate: (Int64, Int64) -> (delay: Int64?, isMarked: Bool)
        ) {
            var now = start
            while now < end {
                estimator.handleTimeout(at: .milliseconds(now))
                let packet = SentPacket(number: number, bytes: 1250, sentAt: .milliseconds(now), kind: .video)
                estimator.packetSent(packet)
                let (delay, isMarked) = fate(number, now)
                pending.append(
                    PacketResult(
                        packet: packet, arrival: delay.map { .milliseconds(now + $0) }, isMarked: isMarked))
                number += 1
                if number % 3 == 0 {
                    // Reports about what has arrived by now, a way of 25 ms back included.
                    let ready = pending.prefix { now - ($0.packet.sentAt.nanoseconds / 1_000_000) > 60 }
                    pending.removeFirst(ready.count)
                    estimator.received(Array(ready), at: .milliseconds(now))
                }
                now += 8
            }
        }
    }

    @Test("marks lower the rate by themselves, and more of them by more")
    func marks() {
        var targets: [Bitrate] = []
        for every in [0, 20, 2] as [Int64] {
            var feed = Feed()
            feed.run(from: 0, to: 10_000) { number, now in
                (25, every > 0 && now > 5000 && number % every == 0)
            }
            targets.append(feed.estimator.decision.target)
            #expect((feed.estimator.counters.markCuts > 0) == (every > 0))
        }
        #expect(targets[1] < targets[0] * 0.9, "\(targets)")
        #expect(targets[2] < targets[1] * 0.9, "\(targets)")
    }

    @Test("a single mark costs a twentieth at least, and is answered once a round trip")
    func response() {
        var response = MarkResponse()
        response.add(packets: 10, marked: 1, roundTrip: 0.05, at: 1)
        #expect(response.factor(roundTrip: 0.05, at: 1) == 0.95)
        #expect(response.factor(roundTrip: 0.05, at: 1.04) == nil)
        for step in 0..<100 { response.add(packets: 10, marked: 10, roundTrip: 0.05, at: 2 + Double(step) * 0.05) }
        let factor = response.factor(roundTrip: 0.05, at: 8)
        #expect(factor.map { $0 > 0.49 && $0 < 0.51 } == true)
    }

    @Test("a delay that came with one packet is another route; one that grew packet by packet is a queue")
    func jump() {
        // By 10 ms a packet after a fall to a third.
        for (step, isJump) in [(25.0, true), (1.0, false), (10.0, false)] {
            var history = ArrivalHistory()
            for index in 0..<60 {
                let time = Double(index) * 0.008
                let queue = isJump ? (index < 30 ? 0 : step) : Double(max(index - 30, 0)) * step
                history.append(
                    ArrivalHistory.Entry(
                        sent: time, arrival: time + queue / 1000, bytes: 1200, queue: queue / 1000))
            }
            let found = history.jump(sentFrom: 0, to: 1) ?? 0
            #expect(isJump ? abs(found - 0.025) < 0.0001 : found < 0.002, "\(found)")
            #expect(history.jump(sentFrom: 0.3, to: 1) ?? 0 < 0.002)
        }
    }

    @Test("loss of most of what is sent is answered at once, by what gets through")
    func collapse() {
        var feed = Feed()
        feed.run(from: 0, to: 3000) { _, _ in (25, false) }
        let before = feed.estimator.decision.target
        feed.run(from: 3000, to: 3600) { number, _ in (number % 5 == 0 ? 25 : nil, false) }
        let counters = feed.estimator.counters
        #expect(counters.collapses == 1 && counters.lossTrials == 0, "\(counters)")
        #expect(feed.estimator.decision.target < .kilobits(400), "\(before) to \(feed.estimator.decision.target)")
    }
}
