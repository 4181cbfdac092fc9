import RapportBase
import RapportMedia

/// Decides one rate for ever and notes what it was told.
struct FixedRateEstimator: BandwidthEstimator {
    var rate: Bitrate
    var window: Int?
    var padding: Bitrate = .zero
    var deadline: Timestamp? { nil }
    var decision: RateDecision {
        RateDecision(target: rate, pacing: rate * 1.1, window: window, padding: padding)
    }

    mutating func packetSent(_ packet: SentPacket) {}
    mutating func received(_ results: [PacketResult], at now: Timestamp) {}
    mutating func update(roundTrip: Duration, at now: Timestamp) {}
    mutating func update(receiverLimit: Bitrate?, at now: Timestamp) {}
    mutating func update(demand: Bitrate, at now: Timestamp) {}
    mutating func handleTimeout(at now: Timestamp) {}
    mutating func takeProbe(at now: Timestamp) -> ProbeRequest? { nil }
}

/// A count that outlives the run it was made in.
final class Tally: @unchecked Sendable {
    var count = 0
}

/// Counts the congestion marks it is told of.
struct MarkCounter: BandwidthEstimator {
    let fixed: FixedRateEstimator
    let told: Tally
    var deadline: Timestamp? { nil }
    var decision: RateDecision { fixed.decision }

    mutating func packetSent(_ packet: SentPacket) {}
    mutating func received(_ results: [PacketResult], at now: Timestamp) { told.count += results.count { $0.isMarked } }
    mutating func update(roundTrip: Duration, at now: Timestamp) {}
    mutating func update(receiverLimit: Bitrate?, at now: Timestamp) {}
    mutating func update(demand: Bitrate, at now: Timestamp) {}
    mutating func handleTimeout(at now: Timestamp) {}
    mutating func takeProbe(at now: Timestamp) -> ProbeRequest? { nil }
}
