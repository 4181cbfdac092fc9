import RapportBase

/// RFC 8867 section 4: flows from one side to the other through one bottleneck, and back through another link.
struct Dumbbell {
    /// The section's defaults: 50 ms each way, jitter of up to 30 ms without reordering, a queue of 300 ms.
    static let jitter = Jitter.gaussian(deviation: .milliseconds(5), bound: 3, reorders: false)

    var rate: LinkRate
    var oneWay: Duration = .milliseconds(50)
    var queue: QueueDiscipline = .dropTail(.time(.milliseconds(300)))
    var jitter = Dumbbell.jitter
    var backward: LinkRate = .unlimited

    func scenario(seconds: Int) -> Scenario {
        var links = [
            LinkConfiguration(rate: rate, queue: queue, delay: oneWay),
            LinkConfiguration(rate: backward, queue: queue, delay: oneWay),
        ]
        links[0].jitter = jitter
        links[1].jitter = jitter
        return Scenario(links: links, duration: .seconds(seconds))
    }
}

extension Scenario {
    /// Adds a call from left to right, or from right to left.
    mutating func addCall(
        _ name: String, start: Int = 0, end: Int? = nil, backwards: Bool = false,
        change: (inout MediaFlowConfiguration) -> Void = { _ in }
    ) {
        let (there, back): ([Hop], [Hop]) = backwards ? ([.link(1)], [.link(0)]) : ([.link(0)], [.link(1)])
        var flow = MediaFlowConfiguration(name: name, forward: there, reverse: back)
        flow.start = .seconds(Int64(start))
        flow.end = end.map { .seconds(Int64($0)) }
        // RFC 8867 section 4.3: the media source has 150 kbit/s at least.
        flow.video.least = .kilobits(150)
        change(&flow)
        media.append(flow)
    }

    /// Gives a flow a way of its own before the bottleneck and behind it, in both directions.
    mutating func addAccess(to flow: Int, oneWay: Duration) {
        links.append(LinkConfiguration(delay: oneWay))
        media[flow].forward.insert(.link(links.count - 1), at: 0)
        media[flow].reverse.insert(.link(links.count - 1), at: 0)
    }

    mutating func addConnection(_ name: String, _ variant: TCPVariant, start: Int = 0, end: Int? = nil) {
        var connection = ConnectionConfiguration(
            name: name, variant: variant, forward: [.link(0)], reverse: [.link(1)])
        connection.start = .seconds(Int64(start))
        connection.end = end.map { .seconds(Int64($0)) }
        connections.append(connection)
    }

    mutating func addDatagrams(_ name: String, kilobits: Int, start: Int, end: Int, hops: [Hop] = [.link(0)]) {
        guard kilobits > 0 else { return }
        var datagrams = DatagramConfiguration(name: name, rate: .kilobits(kilobits), forward: hops)
        datagrams.start = .seconds(Int64(start))
        datagrams.end = .seconds(Int64(end))
        self.datagrams.append(datagrams)
    }
}
