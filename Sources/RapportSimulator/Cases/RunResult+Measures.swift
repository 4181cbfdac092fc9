import RapportBase

extension RunResult {
    private static let step: Duration = .milliseconds(10)
    private static let window: Duration = .milliseconds(500)

    private var end: Timestamp { .zero + scenario.duration }

    static func percentile(_ percentile: Double, of sorted: [Double]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let place = Int((Double(sorted.count) * percentile).rounded(.up)) - 1
        return sorted[min(max(place, 0), sorted.count - 1)]
    }

    func reach(_ signal: Signal, _ flow: Flow, _ level: Double, _ after: Timestamp) -> Double {
        var now = after
        while now < end {
            let isThere =
                switch signal {
                case .target: Self.holds(flow.target, level, at: now)
                case .encoder: Self.holds(flow.encoder, level, at: now)
                case .media: now - after >= Self.window && flow.media.rate(from: now - Self.window, to: now) >= level
                case .goodput:
                    now - after >= Self.window && flow.payload.rate(from: now - Self.window, to: now) >= level
                }
            if isThere { return (now - after).inSeconds }
            now += Self.step
        }
        return .infinity
    }

    private static func holds(_ log: RateLog, _ level: Double, at now: Timestamp) -> Bool {
        log.rate(at: now) >= level && log.mean(from: now, to: now + .seconds(1)) >= level * 0.95
    }

    func fall(_ flow: Flow, _ level: Double, _ after: Timestamp) -> Double {
        var now = after
        while now < end {
            if flow.sent.rate(from: now, to: now + Self.window / 2) <= level { return (now - after).inSeconds }
            now += Self.step
        }
        return .infinity
    }

    func capacity(_ link: Int, _ cap: Bitrate, _ from: Timestamp, _ to: Timestamp) -> Double {
        // Second by second: what a fast second offers above the cap does not make up for a slow one.
        var (sum, now) = (0.0, from)
        while now < to {
            let next = min(now + .seconds(1), to)
            let carried = scenario.links[link].rate.capacity(from: now, to: next) ?? cap
            let rate = carried - datagramRate(link, at: now)
            sum += Double(min(rate, cap).bitsPerSecond) * (next - now).inSeconds
            now = next
        }
        return max(sum / (to - from).inSeconds, 1)
    }

    func fill(_ link: Int, _ demand: Bitrate, _ from: Timestamp, _ to: Timestamp) -> Double {
        let hop = Hop.link(link)
        var carried = 0.0
        for flow in flows where flow.configuration.forward.contains(hop) {
            carried += flow.media.rate(from: from, to: to)
        }
        for (index, connection) in connections.enumerated() where scenario.connections[index].forward.contains(hop) {
            carried += connection.delivered.rate(from: from, to: to) * 1500 / 1448
        }
        return carried / capacity(link, demand, from, to)
    }

    // What datagrams take of a link at a moment.
    private func datagramRate(_ link: Int, at now: Timestamp) -> Bitrate {
        var sum = Bitrate.zero
        for source in scenario.datagrams where source.forward.contains(.link(link)) {
            if source.start <= now, now < source.end ?? end { sum = sum + source.rate }
        }
        return sum
    }

    func drained(_ log: DelayLog, _ limit: Duration, _ after: Timestamp) -> Double {
        let until = (after + .seconds(10)).nanoseconds
        var last = after.nanoseconds
        for (index, time) in log.times.enumerated() where time >= after.nanoseconds && time < until {
            if log.delays[index] > limit.nanoseconds { last = time }
        }
        return Double(last - after.nanoseconds) / 1e9
    }

    func shares(_ indices: [Int], _ from: Timestamp, _ to: Timestamp) -> [Double] {
        let rates = indices.map { flows[$0].received.rate(from: from, to: to) }
        let weights = indices.map { flows[$0].configuration.weight }
        let (sum, weight) = (rates.reduce(0, +), weights.reduce(0, +))
        return zip(rates, weights).map { $0 / max(sum * $1 / weight, 1) }
    }

    func share(_ index: Int, _ from: Timestamp, _ to: Timestamp) -> Double {
        let own = flows[index].received.rate(from: from, to: to)
        let calls = flows.reduce(0) { $0 + $1.received.rate(from: from, to: to) }
        // Connections log payload; on the wire it is 1500 bytes for 1448.
        let others = connections.reduce(0) { $0 + $1.delivered.rate(from: from, to: to) * 1500 / 1448 }
        return own / max(calls + others, 1)
    }

    func leastRate(_ flow: Flow, _ window: Duration, _ from: Timestamp, _ to: Timestamp) -> Double {
        var (least, now) = (Double.infinity, from)
        while now + window <= to {
            least = min(least, flow.received.rate(from: now, to: now + window))
            now += .milliseconds(200)
        }
        return least
    }
}
