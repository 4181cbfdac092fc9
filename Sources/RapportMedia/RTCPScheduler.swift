public import RapportBase

/// Which compound is due.
public enum RTCPDue: Sendable, Equatable {
    /// A full compound: SR or RR, SDES, and whatever feedback waits. RFC 3550 section 6.1.
    case regular
    /// Feedback only: reduced-size where that was negotiated (RFC 5506), else behind an RR and SDES.
    case feedback
}

/// Decides when RTCP is sent: regular reports at a randomised interval, feedback early. RFC 4585 section 3.
///
/// Between two participants a feedback message need not be held back to avoid an implosion (RFC 4585 section 3.5.2
/// sets the dithering interval to zero), so feedback goes out at once, kept apart by a least gap.
public struct RTCPScheduler: Sendable {
    /// Mean time between regular reports.
    public let interval: Duration
    /// Least time between two feedback packets.
    public let feedbackGap: Duration
    public private(set) var regularSent: UInt64 = 0
    public private(set) var feedbackSent: UInt64 = 0
    private var nextRegular: Timestamp?
    private var feedbackDue: Timestamp?
    private var lastSent: Timestamp?

    public init(interval: Duration = .seconds(1), feedbackGap: Duration = .milliseconds(5)) {
        precondition(interval > .zero, "reports have an interval")
        self.interval = interval
        self.feedbackGap = feedbackGap
    }

    /// Begins: the first report comes within half an interval, as RFC 3550 section 6.2 allows for the first one.
    public mutating func start(at now: Timestamp, using generator: inout some RandomNumberGenerator) {
        nextRegular = now + interval * Double.random(in: 0.25..<0.5, using: &generator)
    }

    /// When `take(at:using:)` has something; nil before the start when no feedback waits.
    public var deadline: Timestamp? {
        guard let nextRegular, let feedbackDue else { return nextRegular ?? feedbackDue }
        return min(nextRegular, feedbackDue)
    }

    /// Feedback (NACK, PLI, FIR, transport feedback) waits to be sent.
    public mutating func requestFeedback(at now: Timestamp) {
        guard feedbackDue == nil else { return }
        feedbackDue = max(now, lastSent.map { $0 + feedbackGap } ?? now)
    }

    /// What to send now, if anything; a regular compound takes the waiting feedback along.
    public mutating func take(at now: Timestamp, using generator: inout some RandomNumberGenerator) -> RTCPDue? {
        if let regular = nextRegular, regular <= now {
            // RFC 3550 section 6.3.1: between half and one and a half times the interval, against synchronisation.
            nextRegular = now + interval * Double.random(in: 0.5..<1.5, using: &generator)
            regularSent += 1
            return sent(.regular, at: now)
        }
        guard let due = feedbackDue, due <= now else { return nil }
        feedbackSent += 1
        return sent(.feedback, at: now)
    }

    private mutating func sent(_ due: RTCPDue, at now: Timestamp) -> RTCPDue {
        feedbackDue = nil
        lastSent = now
        return due
    }
}
