import RapportBase

// What lines of patients do and no RFC asks for.
extension SimulationCase {
    static var own: [SimulationCase] {
        [handover, blackout, policer, deepPolicer, aggregation(forward: false), aggregation(forward: true)]
            + [oneSided, returnLoss, delaySpikes, lossyLine, bursts]
            + [routeChange(25), routeChange(-20)] + [slowFeedback(fall), slowFeedback(steady(1000))]
            + [100, 200, 5000].map(narrow)
            + [70, 1000, 2000].map(buffered) + realEncoder + [laterCopies]
    }

    private static func single(_ name: String, _ title: String, _ scenario: Scenario, _ criteria: [Criterion])
        -> SimulationCase
    {
        SimulationCase(name, title, scenario, criteria)
    }

    private static var handover: SimulationCase {
        var scenario = Parts.single(
            LinkRate.steps((0, 5), (30, 2)), roundTrip: .milliseconds(20),
            queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 70)
        for link in 0...1 {
            scenario.links[link].delay.append(.init(at: .seconds(30), delay: .milliseconds(40)))
            scenario.links[link].outages = [.init(from: .seconds(30), to: .seconds(33))]
        }
        return single(
            "wifi-lte", "from Wi-Fi (20 ms) to LTE (80 ms) with a gap of 3 s", scenario,
            [
                .rise("back", to: Parts.cap, at: 33),
                Criterion(
                    "queue max", .milliseconds, .queue(link: 0, percentile: 1, from: .seconds(33), to: .seconds(70)),
                    .atMost(300)),
                Criterion(
                    "gap", .milliseconds, .longestFreeze(flow: 0, from: .seconds(30), to: .seconds(70)), .atMost(4000)),
            ])
    }

    private static var blackout: SimulationCase {
        let scenario = Parts.single(
            LinkRate.steps((0, 2), (30, 0), (32, 2)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 60)
        return single(
            "blackout", "nothing leaves for 2 s on 2 Mbps", scenario,
            [
                .rise("back", to: Parts.cap, at: 32),
                Criterion(
                    "queue < 100 ms", .seconds, .drained(link: 0, limit: .milliseconds(100), after: .seconds(32)),
                    .atMost(1.5)),
                Criterion(
                    "gap", .milliseconds, .longestFreeze(flow: 0, from: .seconds(30), to: .seconds(60)), .atMost(3000)),
            ])
    }

    private static func policed(_ name: String, _ title: String, _ rate: Bitrate, _ bucket: Int, seconds: Int)
        -> SimulationCase
    {
        var scenario = Parts.single(
            .constant(.kilobits(5000)), queue: Parts.dropTail(300, at: .kilobits(5000)), seconds: seconds)
        scenario.links[0].policer = TokenBucket(rate: rate, capacity: bucket)
        let (from, to) = (Timestamp.seconds(20), Timestamp.seconds(Int64(seconds)))
        return single(
            name, title, scenario,
            [
                Criterion("media", .share, .mediaShare(flow: 0, of: rate, from: from, to: to), .atLeast(0.8)),
                Criterion("loss", .share, .loss(flow: 0), .atMost(0.08)), .freezes(nil, 20, seconds),
            ])
    }

    private static var policer: SimulationCase {
        policed("policer", "1 Mbps with a bucket of 50 kB on 5 Mbps", .kilobits(1000), 50_000, seconds: 90)
    }

    private static var deepPolicer: SimulationCase {
        policed("policer-256", "256 kbps with a bucket of 50 kB on 5 Mbps", .kilobits(256), 50_000, seconds: 90)
    }

    private static func aggregation(forward: Bool) -> SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 60)
        scenario.links[forward ? 0 : 1].aggregation = .milliseconds(100)
        return single(
            forward ? "bunched" : "ack-aggregation",
            forward ? "media arrives every 100 ms" : "feedback arrives every 100 ms", scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(10), to: .seconds(60)),
                    .atLeast(0.9)),
                .queue(100, 10, 60), .freezes(0, 10, 60),
            ])
    }

    private static var oneSided: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        scenario.links[0].jitter = .uniform(most: .milliseconds(30), reorders: true)
        return single(
            "reordering-0-30", "jitter of 0 to 30 ms, packets overtake", scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(10), to: .seconds(90)),
                    .atLeast(0.9)),
                .freezes(0, 10, 90),
            ])
    }

    private static var returnLoss: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        // Bursts of ten messages on average, in which nine of ten are lost; a quarter of all.
        scenario.links[1].loss = .gilbertElliott(toBad: 0.04, toGood: 0.1, lossWhenGood: 0, lossWhenBad: 0.9)
        return single(
            "return-loss", "bursts of loss on the way of the feedback", scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(10), to: .seconds(90)),
                    .atLeast(0.9)),
                .queue(100, 10, 90), .freezes(0, 10, 90),
            ])
    }

    private static var delaySpikes: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        for second in stride(from: 15, to: 90, by: 5) {
            let spike = Timestamp.seconds(Int64(second))
            scenario.links[0].delay.append(.init(at: spike, delay: .milliseconds(175)))
            scenario.links[0].delay.append(.init(at: spike + .milliseconds(300), delay: .milliseconds(25)))
        }
        return single(
            "delay-spikes", "150 ms more for 300 ms, every 5 s", scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(10), to: .seconds(90)),
                    .atLeast(0.85)),
                .queue(100, 10, 90), .freezes(nil, 10, 90),
            ])
    }

    /// Another route: what was the least delay is not any more, and nothing else has changed.
    private static func routeChange(_ milliseconds: Int) -> SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 60)
        let after = scenario.links[0].delay[0].delay + .milliseconds(milliseconds)
        scenario.links[0].delay.append(.init(at: .seconds(30), delay: after))
        return single(
            "route\(milliseconds < 0 ? "" : "+")\(milliseconds)", "the way takes \(milliseconds) ms more from 30 s on",
            scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(30), to: .seconds(60)),
                    .atLeast(0.95)),
                .rise("back", to: Parts.cap, at: 30),
                Criterion(
                    "least 1 s", .kilobits,
                    .leastRate(flow: 0, window: .seconds(1), from: .seconds(30), to: .seconds(60))),
                .queue(40, 30, 60), .freezes(0, 30, 60),
            ])
    }

    /// A receiver that reports each 100 ms, as libwebrtc's does while it sends little itself.
    private static func slowFeedback(_ one: SimulationCase) -> SimulationCase {
        var slow = one
        slow.name += "-slow-reports"
        slow.title += ", reports each 100 ms"
        slow.scenario.media[0].feedbackInterval = .milliseconds(100)
        return slow
    }

    private static var lossyLine: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(1500)), queue: Parts.dropTail(300, at: .kilobits(1500)), seconds: 90)
        scenario.links[0].loss = .independent(0.05)
        return single(
            "loss-5-full", "5 % random loss on 1.5 Mbps", scenario,
            [.full(0.85, demand: .kilobits(1425), 10, 90), .queue(60, 10, 90), .freezes(nil, 10, 90)])
    }

    private static var bursts: SimulationCase {
        var scenario = Parts.single(
            .constant(.kilobits(2000)), queue: Parts.dropTail(300, at: .kilobits(2000)), seconds: 90)
        scenario.links[0].loss = .gilbertElliott(toBad: 0.006, toGood: 0.15, lossWhenGood: 0.001, lossWhenBad: 0.7)
        return single(
            "burst-loss", "loss in bursts, 3 % of all", scenario,
            [
                Criterion(
                    "media", .share, .goodputShare(flow: 0, of: Parts.cap, from: .seconds(10), to: .seconds(90)),
                    .atLeast(0.9)),
                .queue(60, 10, 90), .freezes(nil, 10, 90),
            ])
    }

    private static func narrow(_ kilobits: Int) -> SimulationCase {
        let rate = Bitrate.kilobits(kilobits)
        var scenario = Parts.single(.constant(rate), queue: Parts.dropTail(500, at: rate), seconds: 60)
        scenario.media[0].video.least = .kilobits(30)
        if kilobits > 2000 { scenario.media[0].video.most = .kilobits(6000) }
        // At 100 kbit/s a packet of video takes 100 ms.
        let queue = kilobits < 300 ? 150.0 : 40.0
        return single(
            "rate-\(kilobits)", "\(kilobits) kbps", scenario,
            [.full(0.9, demand: .kilobits(4800), 20, 60), .queue(queue, 20, 60), .freezes(nil, 20, 60)])
    }

    private static func buffered(_ milliseconds: Int) -> SimulationCase {
        let rate = Bitrate.kilobits(1000)
        let scenario = Parts.single(.constant(rate), queue: Parts.dropTail(milliseconds, at: rate), seconds: 60)
        return single(
            "queue-\(milliseconds)", "1 Mbps with a queue of \(milliseconds) ms", scenario,
            [.full(0.95, demand: rate, 20, 60), .queue(40, 20, 60), .freezes(0, 20, 60)])
    }
}
