import RapportMedia
import RapportBase
import RapportSession
import RapportSimulator

/// The two that are compared.
enum Contender: String, CaseIterable {
    case ours
    case baseline

    /// The scenario with the receivers that this one's senders would have.
    func setting(_ scenario: Scenario) -> Scenario {
        var scenario = scenario
        switch self {
        case .ours: break
        // libwebrtc reports each 50 ms at most, from 217 kbit/s of its own sending on.
        case .baseline:
            for flow in scenario.media.indices where scenario.media[flow].feedbackInterval == nil {
                scenario.media[flow].feedbackInterval = .milliseconds(50)
            }
        }
        return scenario
    }

    /// What a whole session is told, to use this one.
    var control: CongestionControl {
        switch self {
        case .ours: .rapport
        case .baseline: .google
        }
    }

    func make(_ setting: EstimatorSetting) -> any BandwidthEstimator {
        let bounds = RateBounds(minimum: setting.minimum, start: setting.start, maximum: setting.maximum)
        switch self {
        case .ours:
            let memory = setting.remembered.map { PathMemory(rate: $0, roundTrip: .milliseconds(50)) }
            return RapportEstimator(bounds, memory: memory)
        // libwebrtc carries nothing over from one call to the next.
        case .baseline: return GoogleCongestionControl(bounds)
        }
    }
}
