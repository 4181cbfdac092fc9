import RapportBase
import Testing

@testable import RapportMedia

@Suite("Parts of our estimator")
struct RapportPartsTests {
    private func packet(_ number: Int64, bytes: Int = 1000) -> SentPacket {
        SentPacket(number: number, bytes: bytes, sentAt: .zero, kind: .video)
    }

    @Test("the least delay is that of half a minute: an older one is forgotten, a drifting clock is followed")
    func baseDelay() {
        var base = BaseDelay()
        #expect(base.update(7.050, at: 0) == 0)
        #expect(abs(base.update(7.030, at: 1) - 0.020) < 1e-9)
        for second in 2..<25 { _ = base.update(7.060, at: Double(second)) }
        #expect(base.value == 7.030)
        for second in 25..<45 { _ = base.update(7.060, at: Double(second)) }
        #expect(base.value == 7.060)
        // A clock that gains 200 millionths: the least delay lags by what it gains in half a minute at most.
        for second in 45..<200 { _ = base.update(7.060 + Double(second) * 0.0002, at: Double(second)) }
        #expect(7.060 + 199 * 0.0002 - base.value < 0.007)
        base.reset()
        #expect(base.value == .infinity)
    }

    @Test("a time far ahead or behind leaves a least delay that is a number")
    func baseDelayJumps() {
        var base = BaseDelay()
        for time in [0, 1e300, -1e300, 5, .infinity, 9e18] { _ = base.update(1, at: time) }
        #expect(base.value == 1)
    }

    private func history(_ packets: [(sent: Double, arrival: Double, queue: Double)]) -> ArrivalHistory {
        var history = ArrivalHistory()
        for entry in packets {
            history.append(
                ArrivalHistory.Entry(sent: entry.sent, arrival: entry.arrival, bytes: 1000, queue: entry.queue))
        }
        return history
    }

    /// Packets sent each `gap` seconds that come out each `spacing`, from one second on.
    private func train(_ count: Int, gap: Double, spacing: Double, growth: Double = 0) -> ArrivalHistory {
        var packets: [(sent: Double, arrival: Double, queue: Double)] = []
        for index in 0..<count {
            let number = Double(index)
            packets.append((number * gap, 1 + number * spacing, number * growth))
        }
        return history(packets)
    }

    @Test("rates are bytes over the time in which they went in and came out")
    func rates() {
        let found = train(50, gap: 0.008, spacing: 0.010).rates(window: 0.2)
        #expect(abs((found?.delivered ?? 0) - 800_000) < 1)
        #expect(abs((found?.sent ?? 0) - 1_000_000) < 1)
        #expect(train(2, gap: 0.01, spacing: 0.01).rates(window: 0.2) == nil)
    }

    @Test("the standing queue is the least of the last packets: jitter and one late packet do not raise it")
    func standingQueue() {
        var (noisy, standing) = (ArrivalHistory(), ArrivalHistory())
        for (index, queue) in [0.012, 0.030, 0.003, 0.025, 0.014, 0.028, 0.021, 0.009].enumerated() {
            let time = Double(index) * 0.01
            noisy.append(ArrivalHistory.Entry(sent: time, arrival: time, bytes: 1000, queue: queue))
        }
        #expect(noisy.standingQueue() == 0.003)
        for index in 0..<20 {
            let time = Double(index) * 0.01
            let queue = index < 10 ? 0 : 0.04
            standing.append(ArrivalHistory.Entry(sent: time, arrival: time, bytes: 1000, queue: queue))
        }
        #expect(standing.standingQueue() == 0.04)
    }

    @Test(
        "a fall of capacity shows in packets that come out far slower than they went in, a pause of the path does not")
    func sudden() {
        let falling = train(8, gap: 0.005, spacing: 0.012, growth: 0.007)
        #expect(abs((falling.suddenRate(rise: 0.02) ?? 0) - 666_667) < 1000)
        var paused: [(sent: Double, arrival: Double, queue: Double)] = []
        for index in 0..<8 {
            let number = Double(index)
            let pause = index > 3 ? 0.05 : 0
            paused.append((number * 0.005, 1 + number * 0.001 + pause, 0))
        }
        #expect(history(paused).suddenRate(rise: 0.02) == nil)
        let steady = train(8, gap: 0.010, spacing: 0.010)
        #expect(steady.suddenRate(rise: 0.02) == nil && steady.burstRate == nil)
        #expect(abs((train(3, gap: 0, spacing: 0.010).burstRate ?? 0) - 800_000) < 1)
    }

    @Test("two packets sent together tell the link's rate where the second waited for the first, and only there")
    func pair() {
        // 1194 bytes at 0.6 Mbit/s take 16 ms.
        #expect(abs((train(2, gap: 0, spacing: 0.010, growth: 0.010).pairRate ?? 0) - 800_000) < 1)
        // Sent apart, or come together, or after a pause of the path that made no queue.
        #expect(train(2, gap: 0.010, spacing: 0.020, growth: 0.010).pairRate == nil)
        #expect(train(2, gap: 0, spacing: 0.004, growth: 0.004).pairRate == nil)
        #expect(train(2, gap: 0, spacing: 0.010).pairRate == nil && train(1, gap: 0, spacing: 0.010).pairRate == nil)
    }

    @Test("a packet that comes after it was reported lost is taken out of the loss")
    func ledger() {
        var ledger = LossLedger()
        for number in Int64(0)..<40 {
            let corrected = ledger.add(number: number, sent: Double(number) * 0.01, isLost: number % 4 == 0)
            #expect(!corrected)
        }
        #expect(ledger.share(sentFrom: 0, to: 0.4) == LossLedger.Share(packets: 40, lost: 10))
        let came = ledger.add(number: 8, sent: 0.08, isLost: false)
        let again = ledger.add(number: 8, sent: 0.08, isLost: true)
        #expect(came && !again)
        #expect(ledger.share(sentFrom: 0, to: 0.4).lost == 9)
        let nonsense = ledger.add(number: -5, sent: .infinity, isLost: true)
        #expect(!nonsense)
    }

    @Test("a stretch of which nothing arrived is an outage and not a rate's loss")
    func outage() {
        var ledger = LossLedger()
        for number in Int64(0)..<40 {
            _ = ledger.add(number: number, sent: Double(number) * 0.01, isLost: number >= 20)
        }
        #expect(ledger.share(sentFrom: 0, to: 0.4) == LossLedger.Share(packets: 20, lost: 0))
    }

    @Test("losses that come in bursts are uneven: a stretch without one says less of the rate")
    func bursts() {
        func ledger(_ isLost: (Int64) -> Bool) -> LossLedger {
            var ledger = LossLedger()
            for number in Int64(0)..<300 {
                _ = ledger.add(number: number, sent: Double(number) * 0.01, isLost: isLost(number))
            }
            return ledger
        }
        // One of each ten packets, and the same share all in one second of three.
        let even = ledger { $0 % 10 == 0 }.dispersion(sentFrom: 0, to: 3)
        let uneven = ledger { (100..<130).contains($0) }.dispersion(sentFrom: 0, to: 3)
        #expect(even == 1 && uneven > 5)
        #expect(ledger { _ in false }.dispersion(sentFrom: 0, to: 3) == 1)
        #expect(even == ledger { $0 % 10 == 0 }.dispersion(sentFrom: .nan, to: .infinity))
        for (dispersion, verdict) in [(1, .rateCauses), (uneven, .pathLoses)] as [(Double, LossJudge.Verdict)] {
            var judge = LossJudge()
            judge.begin(loss: 0.1, dispersion: dispersion, rate: 1_000_000, at: 5, length: 0.6)
            let found = judge.end(LossLedger.Share(packets: 150, lost: 2), at: 6)
            #expect(found == verdict, "\(dispersion)")
        }
    }

    @Test("loss that stays when the rate is lowered is the path's; loss that goes is the rate's")
    func judge() {
        var judge = LossJudge()
        let tenth = LossLedger.Share(packets: 200, lost: 20)
        #expect(judge.isSuspicious(tenth, at: 5))
        #expect(!judge.isSuspicious(LossLedger.Share(packets: 200, lost: 4), at: 5))
        judge.begin(loss: 0.1, dispersion: 1, rate: 1_000_000, at: 5, length: 0.6)
        #expect(judge.isTrying)
        let stays = judge.end(LossLedger.Share(packets: 60, lost: 6), at: 6)
        #expect(stays == .pathLoses && abs(judge.inherent - 0.1) < 1e-9)
        #expect(!judge.isSuspicious(tenth, at: 8))
        // Tried again after a while: a policer can look like a lossy path.
        #expect(judge.isSuspicious(tenth, at: 60))
        judge.begin(loss: 0.1, dispersion: 1, rate: 1_000_000, at: 60, length: 0.6)
        let goes = judge.end(LossLedger.Share(packets: 200, lost: 0), at: 61)
        #expect(goes == .rateCauses && judge.isConfirmed(at: 62))
        #expect(judge.inherent == 0)
        // Loss near the rate that was too much needs no new trial; far below it that rate was not the cause.
        let near = judge.answersAtOnce(rate: 900_000, at: 70)
        let far = judge.answersAtOnce(rate: 500_000, at: 80)
        #expect(near && !far && !judge.isConfirmed(at: 80))
    }

    @Test("a probe that came out as it went in passed; one that came out slower tells the link's rate")
    func probe() {
        func outcome(gap: Double, lost: Set<Int64> = []) -> ProbeOutcome.Result? {
            let request = ProbeRequest(id: 1, rate: .kilobits(1600), duration: .milliseconds(20), packets: 5)
            var outcome = ProbeOutcome(request, at: 0)
            for number in Int64(0)..<6 { outcome.sent(packet(number)) }
            for number in Int64(0)..<6 where !lost.contains(number) {
                outcome.arrived(packet(number), sent: Double(number) * 0.005, arrival: 1 + Double(number) * gap)
            }
            return outcome.result
        }
        let passed = outcome(gap: 0.005)
        #expect(passed?.passed == true && abs((passed?.received ?? 0) - 1_600_000) < 1)
        let slower = outcome(gap: 0.010)
        #expect(slower?.passed == false && abs((slower?.received ?? 0) - 800_000) < 1)
        #expect(outcome(gap: 0.005, lost: [2])?.passed == true)
        #expect(outcome(gap: 0.005, lost: [0, 1, 2, 3]) == nil)
    }

    @Test(
        "a drain that a probe's own queue began goes back to what the probe came out at, but not above the rate before")
    func probeInDrain() {
        func rate(before: Double, gap: Double) -> Double {
            var estimator = RapportEstimator()
            let request = ProbeRequest(id: 1, rate: .kilobits(1600), duration: .milliseconds(20), packets: 5)
            var outcome = ProbeOutcome(request, at: 0)
            for number in Int64(0)..<6 {
                outcome.sent(packet(number))
                outcome.arrived(packet(number), sent: Double(number) * 0.005, arrival: 1 + Double(number) * gap)
            }
            estimator.competition.overuse(rate: before, delivered: before, at: 1)
            estimator.drain(capacity: 600_000, at: 1.1)
            (estimator.probe, estimator.newestNumber) = (outcome, 6)
            let current = estimator.current
            estimator.judgeProbe(at: 1.2)
            // The drain itself goes on.
            #expect(estimator.current == current && estimator.capacity == max(600_000, estimator.rate))
            return estimator.rate
        }
        // Out at 800 kbit/s.
        #expect(abs(rate(before: 900_000, gap: 0.01) - 736_000) < 1)
        #expect(rate(before: 700_000, gap: 0.01) == 700_000)
        // One that passed says nothing of a queue, and one that came out slower than the last packets nothing better.
        #expect(rate(before: 900_000, gap: 0.005) == 582_000)
        #expect(rate(before: 900_000, gap: 0.02) == 582_000)
    }

    @Test("a queue that a drain does not shorten is somebody else's, unless the path got slower")
    func competition() {
        var competition = Competition()
        competition.overuse(rate: 800_000, delivered: 700_000, at: 3)
        for _ in 0..<3 {
            competition.expect(queue: 0.1)
            competition.remained(0.12, passes: true)
        }
        #expect(competition.failures == 3 && competition.rateBefore == 800_000 && competition.since == 3)
        competition.expect(queue: 0.1)
        competition.remained(0.05, passes: true)
        #expect(competition.failures == 0)
        competition.expect(queue: 0.1)
        competition.remained(0.2, passes: false)
        #expect(competition.failures == 0)
        competition.drained()
        #expect(competition.since == nil)
    }

    @Test("a long queue that stands for seconds of drains is somebody else's, also when it falls now and then")
    func heldQueue() {
        var competition = Competition()
        for step in 0...100 {
            let time = 10 + Double(step) * 0.05
            // A sawtooth between 300 and 180 ms.
            competition.watch(0.3 - 0.12 * Double(step % 20) / 19, at: time)
            #expect(!competition.isHeld || time > 12)
        }
        #expect(competition.isHeld)
        competition.watch(0.05, at: 15.05)
        #expect(!competition.isHeld)
        competition.drained()
        #expect(!competition.isHeld)
    }

    @Test("what is under way is what left after the newest packet reported, however bursty it left")
    func sentTotals() {
        var totals = SentTotals()
        #expect(totals.bytes(after: -1) == 0)
        for number in 0..<5000 { totals.append(number: Int64(number), bytes: number == 4999 ? 1400 : 1000) }
        #expect(
            totals.bytes(after: 4999) == 0 && totals.bytes(after: 4998) == 1400 && totals.bytes(after: 4990) == 9400)
        #expect(totals.bytes(after: 100) == 0 && totals.bytes(after: 5000) == 0)
        for number in [Int64.min, .max, -7] { totals.append(number: number, bytes: -5) }
        #expect(totals.bytes(after: .min) == 0 && totals.bytes(after: .max) == 0 && totals.bytes(after: 4999) == 0)
    }

    @Test(
        "a drain lasts for the queue and for what is under way beyond what the path takes meanwhile, not for bursts before"
    )
    func drainLength() {
        func length(underWay: Int) -> Double {
            var estimator = RapportEstimator(RateBounds(start: .kilobits(1000)))
            (estimator.queue, estimator.loopDelay, estimator.newestNumber) = (0.010, 0.080, 9)
            // 40 kB within 100 ms before the newest packet that was reported.
            for number in 0..<10 + underWay {
                estimator.packetSent(
                    SentPacket(
                        number: Int64(number), bytes: number < 10 ? 4000 : 1000,
                        sentAt: Timestamp(nanoseconds: Int64(number) * 10_000_000), kind: .video))
            }
            estimator.drain(capacity: 1_000_000, at: 0.18)
            guard case .drain(let until) = estimator.phase else { return .nan }
            return until - 0.18
        }
        // Ten packets are what the path takes in 80 ms; six more are 48 ms of queue.
        #expect(abs(length(underWay: 10) - 0.013 / 0.15) < 1e-6)
        #expect(abs(length(underWay: 16) - 0.061 / (0.058 / 0.25)) < 1e-6)
    }

    @Test("while it competes the window holds what waits in the other flow's queue")
    func windowBesideOthers() throws {
        var estimator = RapportEstimator()
        (estimator.rate, estimator.current) = (1_000_000, 1_000_000)
        (estimator.loopDelay, estimator.longestLoop) = (0.9, 0.1)
        let before = try #require(estimator.decision.window)
        estimator.phase = .compete
        let besides = try #require(estimator.decision.window)
        #expect(besides - before == 100_000)
    }

    @Test("after a drain without effect a call goes on at 250 kbit/s, or at 0.7 of what came through if that is less")
    func floor() {
        func drained(rate: Double, isInVain: Bool) -> RapportEstimator {
            var estimator = RapportEstimator()
            (estimator.rate, estimator.current) = (100_000, 60_000)
            estimator.competition.overuse(rate: 300_000, delivered: rate, at: 1)
            estimator.competition.expect(queue: 0.1)
            estimator.competition.remained(isInVain ? 0.12 : 0.02, passes: true)
            estimator.overuse(at: 2)
            return estimator
        }
        let kept = drained(rate: 400_000, isInVain: true)
        #expect(kept.rate == 250_000 && kept.current == 187_500)
        #expect(drained(rate: 400_000, isInVain: false).rate < 200_000)
        let small = drained(rate: 200_000, isInVain: true)
        #expect(abs(small.rate - 140_000) < 1 && abs(small.current - 105_000) < 1)
    }
}
