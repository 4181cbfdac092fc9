import RapportBase
import RapportMedia
import RapportSimulator

/// The two that are compared.
enum Contender: String, CaseIterable {
    case ours
    case baseline

    func make(_ setting: EstimatorSetting) -> any BandwidthEstimator {
        switch self {
        case .ours: LossRuleEstimator(setting)
        case .baseline: LossRuleEstimator(setting)
        }
    }
}

/// The loss rule of `SimpleRateController` behind the seam.
struct LossRuleEstimator: BandwidthEstimator {
    private var controller: SimpleRateController
    private var sent = 0
    private var lost = 0
    private var nextUpdate: Timestamp = .zero

    init(_ setting: EstimatorSetting) {
        controller = SimpleRateController(
            minimum: setting.minimum, start: setting.start, maximum: setting.maximum)
    }

    var deadline: Timestamp? { nil }
    var decision: RateDecision { RateDecision(target: controller.target, pacing: controller.target * 1.1) }

    mutating func packetSent(_ packet: SentPacket) {}

    mutating func received(_ results: [PacketResult], at now: Timestamp) {
        sent += results.count
        lost += results.count { $0.arrival == nil }
        guard now >= nextUpdate, sent > 0 else { return }
        controller.update(fractionLost: Double(lost) / Double(sent), at: now)
        (sent, lost, nextUpdate) = (0, 0, now + .seconds(1))
    }

    mutating func update(roundTrip: Duration, at now: Timestamp) { controller.update(roundTrip: roundTrip) }
    mutating func update(receiverLimit: Bitrate?, at now: Timestamp) {
        controller.update(receiverLimit: receiverLimit ?? controller.maximum)
    }
    mutating func update(demand: Bitrate, at now: Timestamp) {}
    mutating func handleTimeout(at now: Timestamp) {}
    mutating func takeProbe(at now: Timestamp) -> ProbeRequest? { nil }
}
