public import RapportBase

/// A signal of a flow that a measure looks at.
public enum Signal: String, Sendable, Equatable {
    /// What the estimator allows.
    case target
    /// What the encoder was told.
    case encoder
    /// Sound and video that arrive, headers included, over half a second.
    case media
    /// The same without headers: what an encoder's rate is compared with.
    case goodput
}

/// A figure that is taken from a run. Rates in bit/s, times in seconds, delays in milliseconds.
public enum Measure: Sendable, Equatable {
    /// Time from `after` until the signal is at `level` and, of the target and the encoder, stays near it for a second.
    case reach(Signal, flow: Int, level: Bitrate, after: Timestamp)
    /// Time from `after` until a quarter of a second of sending is at most `level`.
    case fall(flow: Int, level: Bitrate, after: Timestamp)
    /// Sound and video that arrive over what the link can carry, at most `cap`.
    case utilization(flow: Int, link: Int, cap: Bitrate, from: Timestamp, to: Timestamp)
    /// What arrives of all calls and connections that pass the link, over what it can carry beside datagrams, or over
    /// `demand` where that is less.
    case fill(link: Int, demand: Bitrate, from: Timestamp, to: Timestamp)
    /// Sound and video that arrive over `rate`.
    case mediaShare(flow: Int, of: Bitrate, from: Timestamp, to: Timestamp)
    /// The same without headers.
    case goodputShare(flow: Int, of: Bitrate, from: Timestamp, to: Timestamp)
    case queue(link: Int, percentile: Double, from: Timestamp, to: Timestamp)
    /// Time from `after` until no packet has waited longer than `limit` for ten seconds.
    case drained(link: Int, limit: Duration, after: Timestamp)
    case pacer(flow: Int, percentile: Double, from: Timestamp, to: Timestamp)
    /// Times that the picture stood for more than 200 ms.
    case freezes(flow: Int, from: Timestamp, to: Timestamp)
    case longestFreeze(flow: Int, from: Timestamp, to: Timestamp)
    /// Padding over everything sent.
    case paddingShare(flow: Int)
    /// Lowest and highest mean rate over the fair share, of the flows weighed by their weights.
    case leastShare(flows: [Int], from: Timestamp, to: Timestamp)
    case largestShare(flows: [Int], from: Timestamp, to: Timestamp)
    /// A flow's arriving bytes over those of all flows and connections.
    case shareAgainstConnections(flow: Int, from: Timestamp, to: Timestamp)
    /// Lowest mean arriving rate over windows of this length.
    case leastRate(flow: Int, window: Duration, from: Timestamp, to: Timestamp)
    /// Share of the packets sent that did not arrive.
    case loss(flow: Int)
}

extension Measure {
    /// Takes the figure; infinity for what never happened.
    func value(in result: RunResult) -> Double {
        switch self {
        case .reach(let signal, let flow, let level, let after):
            result.reach(signal, result.flows[flow], Double(level.bitsPerSecond), after)
        case .fall(let flow, let level, let after):
            result.fall(result.flows[flow], Double(level.bitsPerSecond), after)
        case .utilization(let flow, let link, let cap, let from, let to):
            result.flows[flow].media.rate(from: from, to: to) / result.capacity(link, cap, from, to)
        case .fill(let link, let demand, let from, let to): result.fill(link, demand, from, to)
        case .mediaShare(let flow, let rate, let from, let to):
            result.flows[flow].media.rate(from: from, to: to) / Double(rate.bitsPerSecond)
        case .goodputShare(let flow, let rate, let from, let to):
            result.flows[flow].payload.rate(from: from, to: to) / Double(rate.bitsPerSecond)
        case .queue(let link, let percentile, let from, let to):
            RunResult.percentile(percentile, of: result.waits[link].sorted(from: from, to: to))
        case .drained(let link, let limit, let after): result.drained(result.waits[link], limit, after)
        case .pacer(let flow, let percentile, let from, let to):
            RunResult.percentile(percentile, of: result.flows[flow].pacerDelays.sorted(from: from, to: to))
        case .freezes(let flow, let from, let to):
            Double(result.flows[flow].freezes.sorted(from: from, to: to).count)
        case .longestFreeze(let flow, let from, let to):
            result.flows[flow].freezes.sorted(from: from, to: to).last ?? 0
        case .paddingShare(let flow):
            Double(result.flows[flow].paddingBytes) / Double(max(result.flows[flow].sent.total, 1))
        case .leastShare(let flows, let from, let to): result.shares(flows, from, to).min() ?? 0
        case .largestShare(let flows, let from, let to): result.shares(flows, from, to).max() ?? 0
        case .shareAgainstConnections(let flow, let from, let to): result.share(flow, from, to)
        case .leastRate(let flow, let window, let from, let to):
            result.leastRate(result.flows[flow], window, from, to)
        case .loss(let flow):
            1 - Double(result.flows[flow].receivedPackets) / Double(max(result.flows[flow].sentPackets, 1))
        }
    }
}
