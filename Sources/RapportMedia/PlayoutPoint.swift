public import RapportBase

/// A moment of a stream's media and when it is heard or seen on this side.
public struct PlayoutPoint: Sendable, Equatable {
    public var rtpTimestamp: RTPTimestamp
    public var time: Timestamp

    public init(rtpTimestamp: RTPTimestamp, time: Timestamp) {
        self.rtpTimestamp = rtpTimestamp
        self.time = time
    }
}

/// Relation of a stream's media time to the sender's wall clock, from its newest sender report. RFC 3550 section 6.4.1.
public struct MediaClock: Sendable, Equatable {
    public let clockRate: Int
    private var ntp: NTPTime?
    private var rtp = RTPTimestamp(0)

    public init(clockRate: Int) {
        precondition(clockRate > 0, "a media clock ticks")
        self.clockRate = clockRate
    }

    public var isKnown: Bool { ntp != nil }

    public mutating func receiveSenderReport(ntp: NTPTime, rtp: RTPTimestamp) {
        self.ntp = ntp
        self.rtp = rtp
    }

    /// The sender's wall clock when this media time was captured; nil before the first report.
    public func captureTime(of timestamp: RTPTimestamp) -> NTPTime? {
        let ticks = Int64(timestamp.distance(from: rtp))
        return ntp.map { $0 + .nanoseconds(ticks * 1_000_000_000 / Int64(clockRate)) }
    }
}
