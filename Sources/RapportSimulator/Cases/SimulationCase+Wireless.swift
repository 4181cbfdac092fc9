import RapportBase

// RFC 8869: calls over Wi-Fi, and over cellular links, which are made-up traces here.
extension SimulationCase {
    static var wireless: [SimulationCase] { wiredBottleneck + wiFiBottleneck + cellular }

    /// Stations with a lane each way; the access point sends for all of them and is station 0.
    private static func air(stations: Int) -> AirConfiguration {
        AirConfiguration(stations: Array(repeating: 0, count: stations) + Array(1...stations))
    }

    private static func wiFi(rate: Bitrate, stations: Int, seconds: Int) -> Scenario {
        var scenario = Dumbbell(rate: .constant(rate), jitter: .none, backward: .constant(rate)).scenario(
            seconds: seconds)
        scenario.airs = [air(stations: stations)]
        return scenario
    }

    /// A call of a station through the air: up from it to the wire, or down from the wire to it.
    private static func addCall(_ scenario: inout Scenario, station: Int, up: Bool, start: Int = 0, end: Int? = nil) {
        let lanes = scenario.airs[0].stations.count / 2
        let (down, rise) = (Hop.air(0, lane: station), Hop.air(0, lane: lanes + station))
        scenario.addCall("\(up ? "up" : "down") \(station + 1)", start: start, end: end) { flow in
            flow.forward = up ? [rise, .link(0)] : [.link(1), down]
            flow.reverse = up ? [.link(1), down] : [rise, .link(0)]
        }
    }

    // Section 3.1: the wire of 1 Mbps is the bottleneck, the air only disturbs.
    private static var wiredBottleneck: [SimulationCase] {
        let rate = Bitrate.kilobits(1000)
        func make(_ name: String, _ title: String, back: Bool, change: (inout Scenario) -> Void) -> SimulationCase {
            var scenario = wiFi(rate: rate, stations: 2, seconds: 120)
            addCall(&scenario, station: 0, up: true, end: 119)
            if back { addCall(&scenario, station: 0, up: false, end: 119) }
            change(&scenario)
            return SimulationCase(
                name, title, scenario,
                [.full(0.85, demand: rate, 70, 119), .queue(100, 70, 119), .freezes(nil, 10, 119)])
        }
        let crowd: (Int, Int) -> (inout Scenario) -> Void = { start, end in
            { scenario in
                scenario.addDatagrams(
                    "air", kilobits: 10_000, start: start, end: end, hops: [.air(0, lane: 3)])
            }
        }
        var againstTCP = make("8869-3.1-tcp", "Wi-Fi before a wire of 1 Mbps, a TCP connection beside", back: false) {
            var connection = ConnectionConfiguration(
                name: "cubic", forward: [.air(0, lane: 3), .link(0)], reverse: [.link(1), .air(0, lane: 1)])
            connection.end = .seconds(119)
            $0.connections = [connection]
        }
        againstTCP.criteria = [
            Criterion(
                "share", .share, .shareAgainstConnections(flow: 0, from: .seconds(30), to: .seconds(119)),
                .atLeast(0.25)), .queue(nil, 30, 119),
        ]
        return [
            make("8869-3.1-up", "Wi-Fi before a wire of 1 Mbps", back: false) { _ in },
            make("8869-3.1-pair", "the same, a call each way", back: true) { _ in },
            make("8869-3.1-cbr-a", "the same, the air crowded from 0 to 60 s", back: true, change: crowd(0, 60)),
            make("8869-3.1-cbr-b", "the same, the air crowded from 60 to 119 s", back: true, change: crowd(60, 119)),
            againstTCP,
        ]
    }

    // Section 3.2: the air is the bottleneck, the wire carries 100 Mbps.
    private static var wiFiBottleneck: [SimulationCase] {
        // From `calm` on nobody but the calls is there.
        func make(
            _ name: String, _ title: String, down: Int, up: Int, calm: Int = 40,
            change: (inout Scenario) -> Void = { _ in }
        ) -> SimulationCase {
            var scenario = wiFi(rate: .kilobits(100_000), stations: max(down + up, 1), seconds: 120)
            for station in 0..<down { addCall(&scenario, station: station, up: false) }
            for station in down..<(down + up) { addCall(&scenario, station: station, up: true) }
            change(&scenario)
            let flows = Array(0..<(down + up))
            return SimulationCase(
                "8869-3.2-\(name)", title, scenario,
                Criterion.fair(flows, calm, 120) + [
                    .least(150, flow: 0, calm, 120), .queue(150, link: 2, calm, 120),
                    .freezes(nil, 10, 120),
                    Criterion(
                        "media of the first", .share,
                        .goodputShare(flow: 0, of: Parts.cap, from: .seconds(Int64(calm)), to: .seconds(120))),
                ])
        }
        var cases = [4, 8, 12, 16, 20].map { make("down-\($0)", "Wi-Fi, \($0) calls down", down: $0, up: 0) }
        cases += [8, 16].map { make("up-\($0)", "Wi-Fi, \($0) calls up", down: 0, up: $0) }
        cases.append(make("8+8", "Wi-Fi, eight calls each way", down: 8, up: 8))
        cases.append(
            make("8+8-cbr", "the same beside five stations of datagrams that come and go", down: 8, up: 8, calm: 75) {
                scenario in
                for station in 0..<5 {
                    scenario.addDatagrams(
                        "air", kilobits: 1000, start: station * 5, end: 60 + station * 5,
                        hops: [.air(0, lane: 16 + station)])
                }
            })
        cases.append(
            make("8+8-tcp", "the same beside five TCP connections from 40 to 80 s", down: 8, up: 8, calm: 95) {
                scenario in
                for station in 0..<5 {
                    var connection = ConnectionConfiguration(
                        name: "tcp \(station)", forward: [.air(0, lane: 16 + station), .link(0)],
                        reverse: [.link(1), .air(0, lane: station)])
                    (connection.start, connection.end) = (.seconds(40), .seconds(80))
                    scenario.connections.append(connection)
                }
            })
        return cases
    }

    // Section 2 has an LTE cell; here traces of it: good and bad coverage, 40 and 150 ms round trip.
    private static var cellular: [SimulationCase] {
        var cases: [SimulationCase] = []
        for (name, kilobits, least) in [("good", 3000, 0.85), ("fair", 1500, 0.75), ("poor", 600, 0.7)] {
            for milliseconds in [40, 150] {
                cases.append(cellular(name, .kilobits(kilobits), roundTrip: milliseconds, least: least))
            }
        }
        return cases
    }

    private static func cellular(_ name: String, _ rate: Bitrate, roundTrip: Int, least: Double) -> SimulationCase {
        var model = CellularModel(rate: rate)
        model.betweenHandovers = name == "poor" ? .seconds(12) : .seconds(25)
        guard let trace = try? model.trace(seconds: 91, seed: 8869 + UInt64(rate.bitsPerSecond)) else {
            preconditionFailure("a trace of this rate is not empty")
        }
        var path = Dumbbell(rate: .trace(trace), oneWay: .milliseconds(roundTrip / 2))
        path.queue = .dropTail(.time(.milliseconds(1000)))
        var scenario = path.scenario(seconds: 91)
        scenario.addCall("video")
        return SimulationCase(
            "cell-\(name)-\(roundTrip)", "cellular, \(name) coverage, \(roundTrip) ms", scenario,
            [
                Criterion(
                    "utilization", .share,
                    .fill(link: 0, demand: Parts.cap, from: .seconds(10), to: .seconds(91)), .atLeast(least)),
                .queue(250, 10, 91), .freezes(nil, 10, 91),
            ])
    }
}
