import RapportBase

// Criteria that several cases share. RFC 8867 says in words what to look at; the limits are the project's.
extension Criterion {
    /// All flows together over what the link can carry or what they can fill.
    static func full(_ least: Double, link: Int = 0, demand: Bitrate, _ from: Int, _ to: Int) -> Criterion {
        Criterion(
            "full \(from)-\(to) s", .share,
            .fill(link: link, demand: demand, from: .seconds(Int64(from)), to: .seconds(Int64(to))), .atLeast(least))
    }

    static func queue(_ most: Double?, link: Int = 0, _ from: Int, _ to: Int) -> Criterion {
        Criterion(
            "queue p95 \(from)-\(to) s", .milliseconds,
            .queue(link: link, percentile: 0.95, from: .seconds(Int64(from)), to: .seconds(Int64(to))),
            most.map { .atMost($0) } ?? .none)
    }

    /// Of what the link carries with headers; of the encoder's limit without.
    static func rise(_ label: String = "rise", flow: Int = 0, to level: Bitrate, at second: Int) -> Criterion {
        Criterion(
            label, .seconds,
            .reach(
                level < Parts.cap ? .media : .goodput, flow: flow, level: level * 0.9, after: .seconds(Int64(second))),
            .atMost(3))
    }

    /// Lowest and highest share of the flows over the fair one.
    static func fair(_ flows: [Int], _ from: Int, _ to: Int) -> [Criterion] {
        let (start, end) = (Timestamp.seconds(Int64(from)), Timestamp.seconds(Int64(to)))
        return [
            Criterion(
                "share \(from)-\(to) s min", .share, .leastShare(flows: flows, from: start, to: end), .atLeast(0.6)),
            Criterion("max", .share, .largestShare(flows: flows, from: start, to: end), .atMost(1.6)),
        ]
    }

    static func least(_ kilobits: Int, flow: Int, _ from: Int, _ to: Int) -> Criterion {
        Criterion(
            "least 5 s", .kilobits,
            .leastRate(flow: flow, window: .seconds(5), from: .seconds(Int64(from)), to: .seconds(Int64(to))),
            .atLeast(Double(kilobits) * 1000))
    }

    static func freezes(_ most: Double?, flow: Int = 0, _ from: Int, _ to: Int) -> Criterion {
        Criterion(
            "freezes", .count, .freezes(flow: flow, from: .seconds(Int64(from)), to: .seconds(Int64(to))),
            most.map { .atMost($0) } ?? .none)
    }
}
