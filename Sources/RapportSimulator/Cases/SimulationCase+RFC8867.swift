import RapportBase

// RFC 8867 sections 5 and 6. Fairness between 0.6 and 1.6 of the fair share, over the time in which all are there.
extension SimulationCase {
    static var rfc8867: [SimulationCase] {
        singleFlow + [multipleFlows] + variants(of: multipleFlows) + congestedFeedback + [competition]
            + variants(of: competition) + [roundTripFairness] + longTCP + [shortTCP, pausing, priority]
            + [singleFlow[0], multipleFlows, competition].flatMap(marked) + [twoBottlenecks]
    }

    /// What a call of 1.5 Mbps puts on the wire.
    static let callRate = Bitrate.kilobits(1600)

    /// The same with the queue managed.
    private static func variants(of one: SimulationCase) -> [SimulationCase] {
        let queues: [(String, String, QueueDiscipline)] = [
            ("fq", "FQ-CoDel", .fairCoDel(.bytes(200_000))), ("pie", "PIE", .pie(.bytes(200_000))),
        ]
        return queues.map { suffix, title, queue in
            var variant = one
            variant.name += "-" + suffix
            variant.title += ", " + title
            variant.scenario.links[0].queue = queue
            variant.scenario.links[1].queue = queue
            return variant
        }
    }

    // 6.2: the managed queues mark instead of dropping; nothing may be lost then.
    private static func marked(_ one: SimulationCase) -> [SimulationCase] {
        variants(of: one).map { variant in
            var variant = variant
            variant.name = "6.2-" + variant.name
            variant.title += " that marks"
            variant.scenario.links[0].marks = true
            variant.scenario.links[1].marks = true
            variant.criteria.append(Criterion("loss", .share, .loss(flow: 0), .atMost(0.02)))
            return variant
        }
    }

    // 5.1: the capacity by changing the link, and by datagrams beside the call on 4 Mbps.
    private static var singleFlow: [SimulationCase] {
        let link = LinkRate.reference1
        let base = singleFlow("5.1", "one flow, the link changes", Dumbbell(rate: link))
        let delays: [SimulationCase] = [1, 100, 150, 300].map { milliseconds in
            singleFlow(
                "5.1-\(milliseconds)ms", "one flow, \(milliseconds) ms each way",
                Dumbbell(rate: link, oneWay: .milliseconds(milliseconds)))
        }
        let queues = [70, 1000].map { milliseconds in
            singleFlow(
                "5.1-q\(milliseconds)", "one flow, queue of \(milliseconds) ms",
                Dumbbell(rate: link, queue: .dropTail(.time(.milliseconds(milliseconds)))))
        }
        var load = singleFlow(
            "5.1-udp", "one flow beside datagrams on 4 Mbps", Dumbbell(rate: .constant(.kilobits(4000))))
        for (kilobits, start, end) in [(3000, 0, 40), (1500, 40, 60), (3400, 60, 80), (3000, 80, 100)] {
            load.scenario.addDatagrams("udp", kilobits: kilobits, start: start, end: end)
        }
        return [base] + delays + queues + variants(of: base) + [load]
    }

    private static func singleFlow(_ name: String, _ title: String, _ path: Dumbbell) -> SimulationCase {
        var scenario = path.scenario(seconds: 100)
        scenario.addCall("video")
        return SimulationCase(
            name, title, scenario,
            [
                .rise("start", to: .kilobits(1000), at: 0), .rise("rise 2.5", to: .kilobits(1500), at: 40),
                .rise("rise 1.0", to: .kilobits(1000), at: 80),
                .full(0.9, demand: callRate, 10, 40), .full(0.9, demand: .kilobits(1500), 45, 60),
                .full(0.9, demand: callRate, 65, 80), .queue(100, 10, 40), .queue(100, 65, 80),
                .freezes(nil, 0, 100),
            ])
    }

    private static var multipleFlows: SimulationCase {
        let rate = LinkRate.steps((0, 4), (25, 2), (50, 3.5), (75, 1), (100, 2))
        var scenario = Dumbbell(rate: rate).scenario(seconds: 125)
        scenario.addCall("one")
        scenario.addCall("two")
        var criteria: [Criterion] = []
        for (from, to) in [(30, 50), (55, 75), (80, 100), (105, 125)] { criteria += Criterion.fair([0, 1], from, to) }
        criteria += [
            .full(0.85, demand: .kilobits(3000), 5, 25), .full(0.85, demand: .kilobits(3000), 30, 50),
            .full(0.85, demand: .kilobits(3000), 55, 75), .full(0.85, demand: .kilobits(3000), 80, 100),
            .full(0.85, demand: .kilobits(3000), 105, 125), .queue(100, 105, 125),
        ]
        return SimulationCase("5.2", "two flows, the link changes", scenario, criteria)
    }

    private static var congestedFeedback: [SimulationCase] {
        func make(_ name: String, _ title: String, _ backward: LinkRate, both: Bool) -> SimulationCase {
            let forward = LinkRate.steps((0, 2), (20, 1), (40, 0.5), (60, 2))
            var scenario = Dumbbell(rate: forward, backward: backward).scenario(seconds: 100)
            scenario.addCall("there")
            if both { scenario.addCall("back", backwards: true) }
            var criteria: [Criterion] = [
                .full(0.85, demand: .kilobits(1500), 5, 20), .full(0.85, demand: .kilobits(1500), 25, 40),
                .full(0.85, demand: .kilobits(1500), 45, 60), .full(0.85, demand: .kilobits(1500), 65, 100),
            ]
            if both { criteria.append(.full(0.85, link: 1, demand: .kilobits(1500), 40, 70)) }
            criteria += [.queue(100, 65, 100), .freezes(nil, 0, 100)]
            return SimulationCase(name, title, scenario, criteria)
        }
        let impaired = LinkRate.steps((0, 2), (35, 0.8), (70, 2))
        return [
            make("5.3", "a call each way, the way of the feedback is congested too", impaired, both: true),
            make("5.3-free", "the same way there, the way back free", .unlimited, both: false),
        ]
    }

    private static var competition: SimulationCase {
        var scenario = Dumbbell(rate: .constant(.kilobits(3500))).scenario(seconds: 120)
        for (index, name) in ["one", "two", "three"].enumerated() {
            scenario.addCall(name, start: index * 20, end: 119)
        }
        return SimulationCase(
            "5.4", "three flows that begin one after the other", scenario,
            Criterion.fair([0, 1], 25, 40) + Criterion.fair([0, 1, 2], 50, 119)
                + [.full(0.85, demand: .kilobits(3500), 50, 119), .queue(100, 50, 119)])
    }

    private static var roundTripFairness: SimulationCase {
        var path = Dumbbell(rate: .constant(.kilobits(4000)))
        path.oneWay = .zero
        var scenario = path.scenario(seconds: 300)
        for (index, milliseconds) in [10, 25, 50, 100, 150].enumerated() {
            scenario.addCall("\(milliseconds) ms", start: index * 10, end: 299)
            scenario.addAccess(to: index, oneWay: .milliseconds(milliseconds))
        }
        return SimulationCase(
            "5.5", "five flows of different round trips", scenario,
            Criterion.fair([0, 1, 2, 3, 4], 80, 299)
                + [.full(0.85, demand: .kilobits(4000), 80, 299), .queue(100, 80, 299)])
    }

    private static var longTCP: [SimulationCase] {
        var cases: [SimulationCase] = []
        for (variant, name) in [(TCPVariant.cubic, "cubic"), (.reno, "reno")] {
            for milliseconds in [300, 1000] {
                var path = Dumbbell(rate: .constant(.kilobits(2000)))
                path.queue = .dropTail(.time(.milliseconds(milliseconds)))
                cases.append(longTCP("5.6-\(name)-\(milliseconds)", name, variant, path, least: 0.25))
            }
            var fair = Dumbbell(rate: .constant(.kilobits(2000)))
            fair.queue = .fairCoDel(.bytes(200_000))
            cases.append(longTCP("5.6-\(name)-fq", name, variant, fair, least: 0.4))
        }
        return cases
    }

    private static func longTCP(
        _ name: String, _ tcp: String, _ variant: TCPVariant, _ path: Dumbbell, least: Double
    ) -> SimulationCase {
        var scenario = path.scenario(seconds: 120)
        scenario.addCall("video", start: 5, end: 119)
        scenario.addConnection(tcp, variant, end: 119)
        let (from, to) = (Timestamp.seconds(30), Timestamp.seconds(119))
        return SimulationCase(
            name, "beside a long TCP connection", scenario,
            [
                Criterion("share", .share, .shareAgainstConnections(flow: 0, from: from, to: to), .atLeast(least)),
                .least(150, flow: 0, 30, 119), .queue(nil, 30, 119),
            ])
    }

    private static var shortTCP: SimulationCase {
        var scenario = Dumbbell(rate: .constant(.kilobits(2000))).scenario(seconds: 300)
        scenario.addCall("one", start: 5)
        scenario.addCall("two", start: 5)
        for index in 0..<10 {
            var files = ConnectionConfiguration(name: "files \(index)", forward: [.link(0)], reverse: [.link(1)])
            files.load = .files(bytes: 30_000...50_000, meanPause: .seconds(10), beginsWithFile: index < 2)
            scenario.connections.append(files)
        }
        return SimulationCase(
            "5.7", "two flows beside ten TCP connections that come and go", scenario,
            Criterion.fair([0, 1], 30, 300)
                + [
                    .full(0.8, demand: .kilobits(2000), 30, 300), .least(150, flow: 0, 30, 300),
                    .least(150, flow: 1, 30, 300), .queue(nil, 30, 300),
                ])
    }

    private static var pausing: SimulationCase {
        var scenario = Dumbbell(rate: .constant(.kilobits(3500))).scenario(seconds: 120)
        for (index, name) in ["one", "two", "three"].enumerated() {
            scenario.addCall(name, end: 119) { flow in
                if index == 1 { flow.pauses = [.seconds(40)..<Timestamp.seconds(60)] }
            }
        }
        return SimulationCase(
            "5.8", "three flows, the second pauses from 40 to 60 s", scenario,
            Criterion.fair([0, 1, 2], 20, 40) + Criterion.fair([0, 2], 45, 60) + Criterion.fair([0, 1, 2], 70, 119)
                + [
                    .full(0.85, demand: .kilobits(3000), 45, 60), .full(0.85, demand: .kilobits(3500), 70, 119),
                    .rise("two is back", flow: 1, to: .kilobits(1000), at: 60),
                ])
    }

    private static var priority: SimulationCase {
        var one = competition
        one.name = "6.1"
        one.title = "three flows with weights 2 : 1 : 1"
        one.scenario.media[0].weight = 2
        // The heavy one must be able to take its half.
        one.scenario.media[0].video.most = .kilobits(2000)
        one.criteria = Criterion.fair([0, 1, 2], 60, 119) + [.full(0.85, demand: .kilobits(3500), 60, 119)]
        return one
    }

    // 6.3: S1 goes through all, S2 only through the first bottleneck, S3 only through the second.
    private static var twoBottlenecks: SimulationCase {
        let queue = QueueDiscipline.dropTail(.time(.milliseconds(300)))
        var links = [2000, 8000, 1500].map {
            LinkConfiguration(rate: .constant(.kilobits($0)), queue: queue, delay: .milliseconds(10))
        }
        links += [70, 30, 30, 100, 40, 40].map { LinkConfiguration(delay: .milliseconds($0)) }
        var scenario = Scenario(links: links, duration: .seconds(300))
        let ways: [[Int]] = [[3, 0, 1, 2], [4, 0], [5, 2]]
        for (index, way) in ways.enumerated() {
            scenario.addCall("S\(index + 1)") { flow in
                flow.forward = way.map { .link($0) }
                flow.reverse = [.link(6 + index)]
            }
        }
        return SimulationCase(
            "6.3", "two bottlenecks in a row", scenario,
            [
                .full(0.85, link: 0, demand: .kilobits(2000), 30, 300),
                .full(0.85, link: 2, demand: .kilobits(1500), 30, 300),
                .least(150, flow: 0, 30, 300), .least(150, flow: 1, 30, 300), .least(150, flow: 2, 30, 300),
                .queue(100, 30, 300), .queue(100, link: 2, 30, 300),
            ])
    }
}

extension LinkRate {
    /// RFC 8867 section 5.1, table 3: ratios to 1 Mbps.
    static var reference1: LinkRate { steps((0, 1.0), (40, 2.5), (60, 0.6), (80, 1.0)) }

    /// Seconds and megabits per second.
    static func steps(_ steps: (Double, Double)...) -> LinkRate {
        let schedule = steps.map {
            RateSchedule.Step(
                at: Timestamp(nanoseconds: Int64($0.0 * 1e9)), rate: Bitrate(bitsPerSecond: Int($0.1 * 1e6)))
        }
        guard let schedule = try? RateSchedule(schedule) else { preconditionFailure("a schedule in order") }
        return .schedule(schedule)
    }
}
