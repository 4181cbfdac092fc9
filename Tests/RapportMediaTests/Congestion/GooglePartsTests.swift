import RapportBase
import Testing

@testable import RapportMedia

@Suite("Parts of Google congestion control")
struct GooglePartsTests {
    private func at(_ milliseconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(milliseconds * 1e6)) }

    private func packet(_ number: Int64, sent: Double, bytes: Int = 1200, probe: Int? = nil) -> SentPacket {
        SentPacket(number: number, bytes: bytes, sentAt: at(sent), kind: .video, probe: probe)
    }

    @Test("packets within five milliseconds are one group, and deltas are between completed groups")
    func groups() {
        var groups = InterArrivalGroups()
        var deltas: [InterArrivalGroups.Deltas] = []
        for (send, arrival) in [(0.0, 100.0), (4, 106), (20, 120), (24, 126), (40, 145), (60, 165)] {
            if let delta = groups.add(send: at(send), arrival: at(arrival), at: at(arrival)) { deltas.append(delta) }
        }
        #expect(deltas.count == 2)
        #expect(abs(deltas[0].send - 0.020) < 1e-9 && abs(deltas[0].arrival - 0.020) < 1e-9)
        #expect(abs(deltas[1].send - 0.016) < 1e-9 && abs(deltas[1].arrival - 0.019) < 1e-9)
    }

    @Test("three groups in a row that arrive before the one in front of them start everything anew")
    func reorderedGroups() {
        var groups = InterArrivalGroups()
        var found = 0
        for index in 0..<6 {
            let arrival = at(500 - Double(index) * 30)
            if groups.add(send: at(Double(index) * 20), arrival: arrival, at: at(600)) != nil { found += 1 }
        }
        #expect(found == 0)
    }

    @Test("the trend of a growing queue is overuse, that of a falling one underuse, that of a level one normal")
    func trend() {
        var trendline = TrendlineEstimator()
        var time = 0.0
        func run(_ trendline: inout TrendlineEstimator, growth: Double, groups: Int) -> Set<String> {
            var seen: Set<String> = []
            for _ in 0..<groups {
                time += 20 + growth
                trendline.update(.init(send: 0.020, arrival: (20 + growth) / 1000), arrival: at(time))
                seen.insert("\(trendline.usage)")
            }
            return seen
        }
        #expect(run(&trendline, growth: 0, groups: 60) == ["normal"])
        #expect(run(&trendline, growth: 4, groups: 30).contains("overuse"))
        _ = run(&trendline, growth: 0, groups: 60)
        #expect(run(&trendline, growth: -4, groups: 30).contains("underuse"))
        #expect(trendline.threshold >= 6 && trendline.threshold <= 600)
    }

    @Test("a decrease is to 0.85 of what got through, and growth after it is additive until the link is forgotten")
    func aimd() {
        var control = AIMDRateControl(RateBounds(start: .kilobits(1000)))
        control.update(.overuse, acknowledged: 900_000, at: at(0))
        #expect(abs(control.estimate - (0.85 * 900_000 - 5000)) < 1)
        let lowered = control.estimate
        control.update(.normal, acknowledged: 760_000, at: at(1000))
        control.update(.normal, acknowledged: 760_000, at: at(2000))
        // One average packet each response time of 0.3 s, against 8 % a second.
        #expect(control.estimate > lowered + 4000 && control.estimate < lowered * 1.05)
        let slow = control.estimate
        control.update(.normal, acknowledged: 2_000_000, at: at(3000))
        #expect(abs(control.estimate / slow - 1.08) < 0.002)
        #expect(!control.mayDecrease(acknowledged: 700_000, at: at(100)))
        #expect(control.mayDecrease(acknowledged: 100_000, at: at(100)))
    }

    @Test("the capacity's bounds are three deviations from the mean of overuse")
    func capacity() {
        var capacity = LinkCapacityEstimator()
        #expect(capacity.upperBound == .infinity && capacity.lowerBound == 0)
        for _ in 0..<50 { capacity.overuse(at: 500_000) }
        // Variance at its least: the square root of 0.4 * 500 kbit/s, three times.
        #expect(abs(capacity.upperBound - 500_000 - 3 * 14_142) < 100)
        capacity.reset()
        #expect(capacity.estimate == nil)
    }

    @Test("one long pause of the path does not lower what gets through")
    func throughput() {
        var steady = RobustThroughputEstimator()
        var paused = RobustThroughputEstimator()
        for index in 0..<120 {
            let time = Double(index) * 10
            steady.add(packet(Int64(index), sent: time), arrival: at(time + 50))
            paused.add(packet(Int64(index), sent: time), arrival: at(time + 50 + (index >= 60 ? 300 : 0)))
        }
        #expect(abs((steady.rate ?? 0) - 960_000) < 10_000)
        #expect(abs((paused.rate ?? 0) - 960_000) < 40_000)
        #expect(RobustThroughputEstimator().rate == nil)
    }

    @Test("sending far below the rate is limited by the application, and sending it all ends that")
    func applicationLimit() {
        var detector = ApplicationLimitDetector(rate: 1_000_000)
        for index in 0..<100 { detector.sent(bytes: 250, at: at(Double(index) * 10)) }
        #expect(detector.limitedSince != nil)
        for index in 100..<600 { detector.sent(bytes: 1250, at: at(Double(index) * 10)) }
        #expect(detector.limitedSince == nil && detector.endedAt != nil)
    }

    @Test("a probe gives the rate it came out at, less a little when that is less than it went in at")
    func probe() {
        var estimator = ProbeBitrateEstimator()
        let request = ProbeRequest(id: 3, rate: .kilobits(1920), duration: .milliseconds(15), packets: 5)
        estimator.expect(request)
        var rate: Double?
        for index in 0..<5 {
            let number = Double(index)
            rate = estimator.add(
                packet(Int64(index), sent: number * 5, probe: 3), probe: 3, arrival: at(30 + number * 10),
                at: at(100))
        }
        #expect(abs((rate ?? 0) - 0.95 * 960_000) < 1)
        #expect(estimator.add(packet(9, sent: 1, probe: 9), probe: 9, arrival: at(3), at: at(4)) == nil)
    }

    @Test("the first probes are at three and six times the start, a success asks for twice the result")
    func probing() {
        var controller = ProbeController(RateBounds())
        controller.begin(at: at(0))
        #expect(controller.take()?.rate == .kilobits(900))
        #expect(controller.take()?.rate == .kilobits(1800))
        var state = ProbeController.Circumstances(
            estimate: 1_400_000, isApplicationLimited: false, limitEndedAt: nil, mayProbe: true,
            isRecoveringFromLoss: false)
        controller.update(state, at: at(100))
        #expect(controller.take()?.rate == .kilobits(2800))
        // No result within a second, and then a probe each five seconds while the application is the limit.
        controller.handleTimeout(state, at: at(1200))
        state.isApplicationLimited = true
        controller.handleTimeout(state, at: at(5000))
        #expect(!controller.hasPending)
        controller.handleTimeout(state, at: at(5200))
        #expect(controller.take()?.rate == .kilobits(2800))
    }

    @Test("loss of a tenth at every rate is explained as the path's own; loss of what exceeds a rate lowers to it")
    func lossModel() {
        func run(_ seconds: Int, _ lost: (Int, Double) -> Bool) -> LossBasedEstimator {
            var estimator = LossBasedEstimator(RateBounds(start: .kilobits(1000)))
            estimator.set(1_000_000)
            var generator = SeededGenerator(seed: 5)
            var number: Int64 = 0
            for feedback in 0..<seconds * 10 {
                let results = (0..<10).map { index in
                    let isLost = lost(index, Double.random(in: 0..<1, using: &generator))
                    number += 1
                    let sent = Double(feedback * 100 + index * 10)
                    return PacketResult(packet: packet(number, sent: sent), arrival: isLost ? nil : at(sent + 50))
                }
                let passed = Double(results.count { $0.arrival != nil }) / 10 * 960_000
                estimator.update(
                    results, delayBased: 1_000_000, acknowledged: passed, at: at(Double(feedback * 100 + 100)))
            }
            return estimator
        }
        #expect(run(10) { _, _ in false }.estimate == 1_000_000)
        #expect(run(10) { _, chance in chance < 0.02 }.estimate > 900_000)
        let half = run(10) { index, _ in index % 2 == 1 }
        // 100 kbit/s over what is lost beyond 5 %, but not below what gets through.
        #expect(half.estimate < 600_000 && half.averageLoss > 0.4)
    }

    @Test("the logarithm is that of the textbooks")
    func logarithm() {
        for (x, expected) in [(1.0, 0.0), (2.0, 0.693147), (1e-6, -13.815511), (0.75, -0.287682), (5001, 8.517393)] {
            #expect(abs(LossBasedEstimator.logarithm(x) - expected) < 1e-5)
        }
        #expect(LossBasedEstimator.logarithm(0) == 0)
    }

    @Test("three seconds without feedback lower the rate by a fifth, each second")
    func timeout() {
        var timeout = FeedbackTimeout()
        #expect(timeout.takeFactor(at: at(9000), sending: true) == nil)
        timeout.feedback(propagation: 0.1, at: at(10_000))
        #expect(timeout.takeFactor(at: at(12_000), sending: true) == nil)
        #expect(timeout.takeFactor(at: at(13_000), sending: false) == nil)
        #expect(timeout.takeFactor(at: at(13_000), sending: true) == 0.8)
        #expect(timeout.takeFactor(at: at(13_500), sending: true) == nil)
        #expect(timeout.takeFactor(at: at(14_100), sending: true) == 0.8)
    }

    @Test("more under way than the window holds lowers what the sources may use, and it comes back")
    func pushback() {
        var pushback = CongestionWindowPushback()
        var number: Int64 = 0
        for _ in 0..<10 {
            pushback.sent(packet(number, sent: 0))
            number += 1
        }
        pushback.reported(number - 1, roundTrip: 0.05, target: 500_000)
        #expect(pushback.ratio == 1)
        // The window is 500 kbit/s for 0.4 s: 25,000 bytes.
        for _ in 0..<40 {
            pushback.sent(packet(number, sent: 0))
            number += 1
        }
        #expect(pushback.ratio < 0.5 && pushback.limit(500_000) >= 30_000)
        pushback.reported(number - 1, roundTrip: 0.05, target: 500_000)
        #expect(pushback.ratio == 1)
    }
}
