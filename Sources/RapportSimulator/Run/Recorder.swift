import RapportBase

/// Collects what a run's results are made of.
struct Recorder {
    private struct LinkInterval {
        var bytes = 0
        var longestWait: Int64 = 0
        var dropped = 0
        var lost = 0
    }

    var flows: [RunResult.Flow]
    var connections: [RunResult.Connection]
    var waits: [DelayLog]
    var flowSamples: [[FlowSample]]
    var linkSamples: [[LinkSample]]
    private var intervals: [LinkInterval]

    init(_ scenario: Scenario) {
        flows = scenario.media.map { RunResult.Flow(configuration: $0) }
        connections = scenario.connections.map { RunResult.Connection(name: $0.name) }
        // Links first, then airs.
        let places = scenario.links.count + scenario.airs.count
        waits = Array(repeating: DelayLog(), count: places)
        flowSamples = Array(repeating: [], count: flows.count)
        linkSamples = Array(repeating: [], count: scenario.links.count)
        intervals = Array(repeating: LinkInterval(), count: places)
    }

    mutating func sent(flow: Int, bytes: Int, at now: Timestamp) { flows[flow].sent.add(bytes, at: now) }

    mutating func received(flow: Int, bytes: Int, media: Int, payload: Int, at now: Timestamp) {
        flows[flow].received.add(bytes, at: now)
        if media > 0 { flows[flow].media.add(media, at: now) }
        if payload > 0 { flows[flow].payload.add(payload, at: now) }
    }

    mutating func decided(flow: Int, target: Bitrate, encoder: Bitrate, at now: Timestamp) {
        flows[flow].target.note(target, at: now)
        flows[flow].encoder.note(encoder, at: now)
    }

    mutating func delivered(connection: Int, bytes: Int, at now: Timestamp) {
        connections[connection].delivered.add(bytes, at: now)
    }

    mutating func waited(link: Int, nanoseconds: Int64, at now: Timestamp) {
        waits[link].append(nanoseconds, at: now)
        intervals[link].longestWait = max(intervals[link].longestWait, nanoseconds)
    }

    mutating func carried(link: Int, bytes: Int) { intervals[link].bytes += bytes }
    mutating func dropped(link: Int) { intervals[link].dropped += 1 }
    mutating func lost(link: Int) { intervals[link].lost += 1 }

    mutating func sample(link index: Int, _ link: Link, at now: Timestamp) {
        let interval = intervals[index]
        intervals[index] = LinkInterval()
        let start = now - Simulator.sampleInterval
        let capacity = link.configuration.rate.capacity(from: start, to: now)
        linkSamples[index].append(
            LinkSample(
                at: now, capacity: Double(capacity?.bitsPerSecond ?? 0),
                rate: Double(interval.bytes * 8) / Simulator.sampleInterval.inSeconds,
                queueDelay: Double(interval.longestWait) / 1e6, backlog: link.queue.bytes, dropped: interval.dropped,
                lost: interval.lost))
    }
}
