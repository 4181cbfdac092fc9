import RapportBase
import Testing

@testable import RapportMedia

/// Our estimator on one link, in virtual time; the whole table of cases is the simulator's.
@Suite("Our estimator on a link")
struct RapportEstimatorTests {
    private func link(_ capacity: (Double, Double)..., change: (inout LinkModel.Configuration) -> Void = { _ in })
        -> LinkModel.Configuration
    {
        var link = LinkModel.Configuration()
        link.capacity = capacity.map { (from: $0.0, rate: $0.1 * 1e6) }
        change(&link)
        return link
    }

    private func run(_ link: LinkModel.Configuration, seconds: Double, memory: PathMemory? = nil) -> LinkRun {
        LinkRun(link, [(MediaFlowModel.Configuration(), RapportEstimator(memory: memory))], seconds: seconds)
    }

    @Test("from nothing it finds 95 % of the demand within a second, and with a remembered path within half of one")
    func start() throws {
        let cold = try #require(run(link((0, 2)), seconds: 3).timeToReach(1_425_000, after: 0))
        #expect(cold <= 1.0)
        let memory = PathMemory(rate: .kilobits(1600), roundTrip: .milliseconds(50))
        let warm = try #require(run(link((0, 2)), seconds: 3, memory: memory).timeToReach(1_425_000, after: 0))
        #expect(warm <= 0.5)
    }

    @Test("what was remembered is what the path carried")
    func memory() throws {
        let flow = run(link((0, 0.8)), seconds: 15).flows[0]
        let memory = try #require((flow.estimator as? RapportEstimator)?.memory)
        #expect(memory.rate > .kilobits(680) && memory.rate < .kilobits(900))
        #expect(memory.roundTrip < .milliseconds(150) && memory.inherentLoss < 0.02)
        #expect(RapportEstimator().memory == nil)
    }

    @Test("new capacity is used within three seconds")
    func rise() throws {
        let run = run(link((0, 0.6), (12, 2)), seconds: 18)
        #expect(try #require(run.timeToReach(1_350_000, after: 12)) <= 3)
    }

    @Test(
        "at the largest rate pictures are paced a little above it: a large one must not keep the rest waiting, nor be a queue"
    )
    func pacingAtTheBound() {
        let bounds = RateBounds(start: .kilobits(300), maximum: .kilobits(1000))
        var (atBound, seen) = (2.0, 0)
        let flow = (MediaFlowModel.Configuration(), RapportEstimator(bounds) as any BandwidthEstimator)
        _ = LinkRun(link((0, 10)), [flow], seconds: 5) { time, estimator in
            let decision = estimator.decision
            guard time > 2, decision.target == bounds.maximum else { return }
            seen += 1
            atBound = min(atBound, decision.pacing.kilobits / decision.target.kilobits)
        }
        #expect(seen > 2000 && atBound > 1.05 && atBound < 1.07)
    }

    @Test("a fall to less than a third builds a quarter of a second of queue at most, gone in 1.5 seconds")
    func fall() {
        let run = run(link((0, 2), (8, 0.6)), seconds: 14)
        #expect(run.queueQuantile(1, 8, 14) <= 0.25)
        #expect(run.queueQuantile(1, 9.5, 14) <= 0.1)
        #expect(run.received(0, 10, 14) > 0.9 * 600_000)
    }

    @Test("with jitter of 15 ms a link that fell stays full: no drain goes as deep as chance says", arguments: 1...4)
    func fullWithJitter(seed: UInt64) {
        let path = link((0, 2), (8, 0.6)) { $0.jitter = 0.015 }
        let run = LinkRun(
            path, [(MediaFlowModel.Configuration(), RapportEstimator())], seconds: 30, seed: seed)
        #expect(run.received(0, 13, 30) >= 0.88 * 600_000)
    }

    @Test("a steady link is full, and its queue short", arguments: [0.5, 1.0])
    func steady(capacity: Double) {
        let run = run(link((0, capacity)), seconds: 30)
        #expect(run.received(0, 10, 30) >= 0.95 * capacity * 1e6)
        #expect(run.queueQuantile(0.95, 10, 30) <= 0.06)
        #expect(Double(run.flows[0].padding) < 0.02 * Double(run.flows[0].sent))
    }

    @Test("random loss does not lower the rate", arguments: [(0.05, 0.95), (0.1, 0.85), (0.2, 0.5)])
    func loss(share: Double, least: Double) {
        let run = run(link((0, 3)) { $0.loss = share }, seconds: 20)
        let targets = run.samples.filter { $0.time > 5 }.map { $0.targets[0] }
        #expect(targets.reduce(0, +) / Double(targets.count) >= least * 1_500_000)
    }

    @Test("packets that overtake each other by up to 30 ms do not lower the rate")
    func reordering() {
        let run = run(
            link((0, 3)) {
                $0.jitter = 0.03
                $0.reorders = true
            }, seconds: 20)
        #expect(run.received(0, 10, 20) >= 0.9 * 1_500_000)
    }

    @Test("a receiver's clock that is fast or slow changes nothing", arguments: [0.0002, -0.0002])
    func drift(share: Double) {
        let run = run(link((0, 1)) { $0.drift = share }, seconds: 60)
        #expect(run.received(0, 40, 60) >= 0.93 * 1_000_000)
        #expect(run.queueQuantile(0.95, 40, 60) <= 0.06)
    }

    @Test("two seconds without a path lower what is sent, and are forgotten within three")
    func blackout() throws {
        let run = run(link((0, 2)) { $0.blackout = 8...10 }, seconds: 16)
        let inside = run.samples.filter { $0.time > 9.45 && $0.time <= 10 }.map { $0.sent[0] }
        #expect(try #require(inside.max()) < 500_000)
        #expect(try #require(run.timeToReach(1_350_000, after: 10)) <= 3)
    }

    @Test("feedback each quarter of a second is enough")
    func slowFeedback() {
        let run = run(link((0, 1)) { $0.feedbackInterval = 0.25 }, seconds: 30)
        #expect(run.received(0, 10, 30) >= 0.9 * 1_000_000)
    }

    @Test("two calls share a link as equals")
    func fairness() {
        var late = MediaFlowModel.Configuration()
        late.startsAt = 5
        let run = LinkRun(
            link((0, 2)), [(MediaFlowModel.Configuration(), RapportEstimator()), (late, RapportEstimator())],
            seconds: 50)
        let (one, two) = (run.received(0, 20, 50), run.received(1, 20, 50))
        #expect(max(one, two) < 1.6 * min(one, two))
        #expect(one + two > 0.9 * 2_000_000)
    }

    @Test(
        "beside a CUBIC transfer it keeps a quarter of the link, and goes back to a short queue after it",
        arguments: 1...6)
    func competition(seed: UInt64) {
        let run = LinkRun(
            link((0, 2)) { $0.delay = 0.05 }, [(MediaFlowModel.Configuration(), RapportEstimator())],
            bulk: BulkFlowModel(flow: 1, startsAt: 5, endsAt: 50), seconds: 70, seed: seed)
        #expect(run.received(0, 15, 50) >= 0.35 * 2_000_000)
        #expect(run.queueQuantile(0.95, 60, 70) <= 0.06)
        #expect(run.received(0, 60, 70) >= 0.9 * 1_500_000)
    }

    @Test("a receiver's limit holds while it is there")
    func receiverLimit() {
        var estimator = RapportEstimator(RateBounds(start: .kilobits(1000)))
        estimator.update(receiverLimit: .kilobits(400), at: .zero)
        #expect(estimator.decision.target == .kilobits(400))
        estimator.update(receiverLimit: nil, at: .zero)
        #expect(estimator.decision.target == .kilobits(1000))
    }

    @Test("the baseline finds a clean link by its probes, and comes back slowly")
    func baseline() throws {
        let start = LinkRun(
            link((0, 2)), [(MediaFlowModel.Configuration(), GoogleCongestionControl())], seconds: 5)
        #expect(try #require(start.timeToReach(1_425_000, after: 0)) < 3.5)
        let rise = LinkRun(
            link((0, 0.6), (15, 2)), [(MediaFlowModel.Configuration(), GoogleCongestionControl())], seconds: 60)
        #expect(try #require(rise.timeToReach(1_350_000, after: 15)) > 6)
        #expect(rise.received(0, 5, 15) > 0.75 * 600_000)
    }
}
