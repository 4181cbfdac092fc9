import RapportMedia
import RapportSimulator

/// The two that are compared.
enum Contender: String, CaseIterable {
    case ours
    case baseline

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
