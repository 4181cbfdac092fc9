import RapportBase

/// Parts that cases are put together from.
enum Parts {
    static let cap = Bitrate.kilobits(1500)

    /// Two links: the bottleneck and the way back, with half of the round trip each.
    static func path(
        _ rate: LinkRate, roundTrip: Duration = .milliseconds(50), queue: QueueDiscipline
    ) -> [LinkConfiguration] {
        [
            LinkConfiguration(rate: rate, queue: queue, delay: roundTrip / 2),
            LinkConfiguration(delay: roundTrip / 2),
        ]
    }

    /// 300 ms at this rate, in bytes: a queue of a real device does not shrink with the rate.
    static func dropTail(_ milliseconds: Int, at rate: Bitrate) -> QueueDiscipline {
        .dropTail(.bytes(rate.bitsPerSecond / 8 * milliseconds / 1000))
    }

    static func call(_ name: String = "video") -> MediaFlowConfiguration {
        MediaFlowConfiguration(name: name, forward: [.link(0)], reverse: [.link(1)])
    }

    static func single(
        _ rate: LinkRate, roundTrip: Duration = .milliseconds(50), queue: QueueDiscipline, seconds: Int
    ) -> Scenario {
        var scenario = Scenario(
            links: path(rate, roundTrip: roundTrip, queue: queue), duration: .seconds(seconds))
        scenario.media = [call()]
        return scenario
    }
}

// The rows of the project's table of targets. The paths are those that the baseline was measured on: 50 ms round trip,
// drop-tail of 300 ms at the highest rate.
extension SimulationCase {
    static var targets: [SimulationCase] {
        [start, startRemembered, rise, fall] + [500, 1000, 1500, 2000].map(steady)
            + [(5, 0.95), (10, 0.85), (20, 0.5)].map { randomLoss(percent: $0.0, share: $0.1) } + [reordering]
            + [300, 1000].map(againstCUBIC)
    }

    /// The steps with an encoder that follows as libvpx does.
    static var realEncoder: [SimulationCase] {
        [start, rise, fall].map { one in
            var real = one
            real.name += "-encoder"
            real.title += ", an encoder that lags as libvpx does"
            real.scenario.media[0].video.lag = .milliseconds(300)
            return real
        }
    }

    private static func startScenario() -> Scenario {
        Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 30)
    }

    private static func startCriteria(rate seconds: Double, media: Double) -> [Criterion] {
        let level = Parts.cap * 0.95
        return [
            Criterion(
                "estimate", .seconds, .reach(.target, flow: 0, level: level, after: .zero), .atMost(seconds)),
            Criterion(
                "encoder", .seconds, .reach(.encoder, flow: 0, level: level, after: .zero), .atMost(seconds)),
            Criterion("media", .seconds, .reach(.goodput, flow: 0, level: level, after: .zero), .atMost(media)),
            Criterion("queue max", .milliseconds, .queue(link: 0, percentile: 1, from: .zero, to: .seconds(30))),
        ]
    }

    private static var start: SimulationCase {
        SimulationCase(
            "start", "2 Mbps, 50 ms, from nothing", startScenario(), startCriteria(rate: 1.0, media: 1.5))
    }

    private static var startRemembered: SimulationCase {
        var scenario = startScenario()
        scenario.media[0].remembered = .kilobits(1600)
        return SimulationCase(
            "start-again", "2 Mbps, 50 ms, a pair that spoke before", scenario, startCriteria(rate: 0.5, media: 1.5))
    }

    private static var rise: SimulationCase {
        let scenario = Parts.single(
            LinkRate.steps((0, 0.6), (30, 2.0)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 60)
        let step = Timestamp.seconds(30)
        let level = Parts.cap * 0.9
        return SimulationCase(
            "rise", "step 0.6 to 2.0 Mbps", scenario,
            [
                Criterion("media", .seconds, .reach(.goodput, flow: 0, level: level, after: step), .atMost(3)),
                Criterion("encoder", .seconds, .reach(.encoder, flow: 0, level: level, after: step)),
                Criterion(
                    "queue p95 before", .milliseconds, .queue(link: 0, percentile: 0.95, from: .seconds(10), to: step)),
            ])
    }

    static var fall: SimulationCase {
        let scenario = Parts.single(
            LinkRate.steps((0, 2.0), (30, 0.6)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 60)
        let step = Timestamp.seconds(30)
        return SimulationCase(
            "fall", "step 2.0 to 0.6 Mbps", scenario,
            [
                Criterion("sending", .seconds, .fall(flow: 0, level: .kilobits(630), after: step), .atMost(1)),
                Criterion(
                    "queue max", .milliseconds, .queue(link: 0, percentile: 1, from: step, to: .seconds(60)),
                    .atMost(250)),
                Criterion(
                    "queue < 100 ms", .seconds, .drained(link: 0, limit: .milliseconds(100), after: step), .atMost(1.5)),
                Criterion("freezes", .count, .freezes(flow: 0, from: step, to: .seconds(60))),
            ])
    }

    static func steady(_ kilobits: Int) -> SimulationCase {
        let rate = Bitrate.kilobits(kilobits)
        let scenario = Parts.single(.constant(rate), queue: Parts.dropTail(300, at: rate), seconds: 90)
        let (from, to) = (Timestamp.seconds(20), Timestamp.seconds(90))
        // Below the call's limit it is the link that is to be full, above it the call.
        let full: Measure =
            rate > Parts.cap
            ? .goodputShare(flow: 0, of: Parts.cap, from: from, to: to)
            : .utilization(flow: 0, link: 0, cap: Parts.cap, from: from, to: to)
        return SimulationCase(
            "steady-\(kilobits)", "\(kilobits) kbps", scenario,
            [
                Criterion("utilization", .share, full, .atLeast(0.95)),
                Criterion(
                    "queue p95", .milliseconds, .queue(link: 0, percentile: 0.95, from: from, to: to), .atMost(40)),
                Criterion(
                    "pacer p95", .milliseconds, .pacer(flow: 0, percentile: 0.95, from: from, to: to), .atMost(40)),
                Criterion("freezes", .count, .freezes(flow: 0, from: from, to: to), .atMost(0)),
                Criterion("padding", .share, .paddingShare(flow: 0), .atMost(0.02)),
            ])
    }

    private static func randomLoss(percent: Int, share: Double) -> SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        scenario.links[0].loss = .independent(Double(percent) / 100)
        let (from, to) = (Timestamp.seconds(10), Timestamp.seconds(90))
        return SimulationCase(
            "loss-\(percent)", "\(percent) % random loss on 2 Mbps", scenario,
            [
                Criterion("media", .share, .goodputShare(flow: 0, of: Parts.cap, from: from, to: to), .atLeast(share)),
                Criterion("freezes", .count, .freezes(flow: 0, from: from, to: to), percent == 5 ? .atMost(0) : .none),
                Criterion("queue p95", .milliseconds, .queue(link: 0, percentile: 0.95, from: from, to: to)),
            ])
    }

    /// What repeating twice what was lost twice does to freezes.
    static var laterCopies: SimulationCase {
        var one = randomLoss(percent: 5, share: 0.95)
        one.name = "loss-5-copies"
        one.title += ", what is asked for again is sent three times"
        one.scenario.media[0].laterCopies = 3
        return one
    }

    private static var reordering: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        // 30 ms to either side, each packet for itself: what makes the baseline fall as it did on the real link.
        scenario.links[0].delay = [.init(at: .zero, delay: .zero)]
        scenario.links[0].jitter = .uniform(most: .milliseconds(60), reorders: true)
        let (from, to) = (Timestamp.seconds(10), Timestamp.seconds(90))
        return SimulationCase(
            "reordering", "jitter of 30 ms to either side, packets overtake, on 2 Mbps", scenario,
            [
                Criterion("media", .share, .goodputShare(flow: 0, of: Parts.cap, from: from, to: to), .atLeast(0.9)),
                Criterion("freezes", .count, .freezes(flow: 0, from: from, to: to)),
            ])
    }

    private static func againstCUBIC(_ milliseconds: Int) -> SimulationCase {
        let rate = Bitrate.kilobits(3000)
        var scenario = Parts.single(.constant(rate), queue: Parts.dropTail(milliseconds, at: rate), seconds: 120)
        scenario.connections = [ConnectionConfiguration(name: "cubic", forward: [.link(0)], reverse: [.link(1)])]
        scenario.connections[0].start = .seconds(10)
        let (from, to) = (Timestamp.seconds(30), Timestamp.seconds(120))
        return SimulationCase(
            "cubic-\(milliseconds)", "beside a CUBIC flow on 3 Mbps, queue \(milliseconds) ms", scenario,
            [
                Criterion("share", .share, .shareAgainstConnections(flow: 0, from: from, to: to), .atLeast(0.25)),
                Criterion("least 5 s", .kilobits, .leastRate(flow: 0, window: .seconds(5), from: from, to: to)),
                Criterion("queue p95", .milliseconds, .queue(link: 0, percentile: 0.95, from: from, to: to)),
            ])
    }
}
