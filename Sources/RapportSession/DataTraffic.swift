import RapportBase
import RapportMedia

/// What data of a session was sent and received of late and in all.
struct DataTraffic {
    private(set) var counters = DataCounters()
    private var urgent = RecentRate()
    private var bulk = RecentRate()
    /// Somebody was told that there is no room.
    private var isAwaited: (urgent: Bool, bulk: Bool) = (false, false)
    /// When a lot of bulk waited last: until a while later it could fill more than it gets.
    private var lastPressed: Timestamp?
    private(set) var isPressing = false

    private static let pressure: Duration = .seconds(1)

    /// What pictures leave of `total`.
    mutating func reserve(of total: Bitrate, at now: Timestamp) -> Bitrate {
        BitrateAllocation.data(of: total, urgent: urgent.rate(at: now), bulk: bulk.rate(at: now))
    }

    mutating func queued(_ urgency: DataUrgency, waiting bytes: Int, at now: Timestamp) {
        if urgency == .bulk, bytes > DataTraffic.much { lastPressed = now }
    }

    // Half of what the pacer takes.
    private static let much = 8192

    mutating func refused(_ urgency: DataUrgency) {
        counters.refused += 1
        switch urgency {
        case .urgent: isAwaited.urgent = true
        case .bulk: isAwaited.bulk = true
        }
    }

    /// - Parameter onWire: with the headers below the datagram.
    mutating func sent(_ message: Int, onWire: Int, _ urgency: DataUrgency, at now: Timestamp) {
        counters.messagesSent += 1
        counters.bytesSent += message
        switch urgency {
        case .urgent: urgent.add(onWire, at: now)
        case .bulk: bulk.add(onWire, at: now)
        }
    }

    mutating func failed() { counters.failed += 1 }

    /// True when bulk began or ceased to want more than it gets.
    mutating func takePressureChange(at now: Timestamp) -> Bool {
        let isNow = lastPressed.map { now - $0 < Self.pressure } ?? false
        defer { isPressing = isNow }
        return isNow != isPressing
    }

    /// True once after a refusal, when half of the queue is free again.
    mutating func takeRoom(_ urgency: DataUrgency, waiting bytes: Int) -> Bool {
        guard bytes <= Self.much else { return false }
        switch urgency {
        case .urgent:
            defer { isAwaited.urgent = false }
            return isAwaited.urgent
        case .bulk:
            defer { isAwaited.bulk = false }
            return isAwaited.bulk
        }
    }
}

/// Messages of data, and bytes of them without anything around them.
public struct DataCounters: Sendable, Equatable {
    /// Messages that left.
    public internal(set) var messagesSent = 0
    public internal(set) var bytesSent = 0
    /// Messages for which there was no room; the caller kept them.
    public internal(set) var refused = 0
    /// Messages that were queued and could not be encrypted.
    public internal(set) var failed = 0
    public internal(set) var messagesReceived = 0
    public internal(set) var bytesReceived = 0
    /// Messages received beyond what one datagram may hold.
    public internal(set) var messagesDropped = 0
}
