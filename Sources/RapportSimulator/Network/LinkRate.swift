public import RapportBase

/// How fast a link takes packets from its queue.
public enum LinkRate: Sendable, Equatable {
    /// At once: only delay, jitter and loss remain.
    case unlimited
    case schedule(RateSchedule)
    case trace(DeliveryTrace)

    public static func constant(_ rate: Bitrate) -> LinkRate { .schedule(RateSchedule(constant: rate)) }

    /// What could be carried between two moments; nil when there is no limit.
    public func capacity(from start: Timestamp, to end: Timestamp) -> Bitrate? {
        let seconds = max((end - start).inSeconds, 1e-9)
        switch self {
        case .unlimited: return nil
        case .schedule(let schedule):
            return Bitrate(bitsPerSecond: Int(schedule.bits(from: start, to: end) / seconds))
        case .trace(let trace): return Bitrate(bitsPerSecond: Int(trace.bits(from: start, to: end) / seconds))
        }
    }
}
