public import RapportBase
public import RapportRTP

/// Records when transport-wide sequence numbers arrived and makes the feedback for the sender.
/// draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.
///
/// A report begins behind the last one, so that losses between two reports are told, and ends at the newest arrival. A
/// packet that comes late makes the next report begin at it; what is behind it is said again, with the same times.
public struct TransportFeedbackRecorder: Sendable {
    /// Limits of a recorder.
    public struct Configuration: Sendable {
        /// Arrivals remembered; a power of two.
        public var slots = 4096
        /// Arrivals older than this are not reported again, nor late ones accepted behind them.
        public var window: Duration = .milliseconds(500)
        /// Bounds of the interval that follows what is received.
        public var minimumInterval: Duration = .milliseconds(25)
        public var maximumInterval: Duration = .milliseconds(100)
        /// Interval at most when this side may send too little to tell more often.
        public var longestInterval: Duration = .milliseconds(250)
        /// Interval before anything is known of the rate.
        public var startInterval: Duration = .milliseconds(25)
        /// Share of the received rate that feedback may take, and of the rate that this side sends.
        public var rateShare = 0.05
        public var sendRateShare = 0.1
        /// A report at once when the delay jumps, this long after the last one at the soonest.
        public var soonest: Duration = .milliseconds(10)
        /// What arrived this long before a report that was made already is told again: a report may be lost. Zero for
        /// peers that count what is told twice.
        public var overlap: Duration = .zero
        /// Packets in one message: 2 bytes of time and less than one of status each keep it below an Ethernet frame.
        public var maximumStatuses = 380

        public init() {}
    }

    /// What happened so far.
    public struct Counters: Sendable, Equatable {
        public var packetsRecorded: UInt64 = 0
        public var messagesSent: UInt64 = 0
        public var drops = DropCounts()

        public init() {}
    }

    public private(set) var counters = Counters()
    private let configuration: Configuration
    private var numbers: [Int64]
    private var arrivals: [Timestamp]
    private var unwrapper = SequenceUnwrapper()
    private var newest: Int64?
    /// Where the next report begins.
    private var windowStart: Int64?
    private var hasUnreported = false
    private var feedbackCount: UInt8 = 0
    private var interval: FeedbackInterval
    private var lastReport: Timestamp?
    private var nextReport: Timestamp?
    /// What is told again as well; a peer that knows RFC 8888 takes it for what it is.
    public var overlap: Duration

    public init(_ configuration: Configuration = Configuration()) {
        precondition(configuration.slots & (configuration.slots - 1) == 0, "slots must be a power of two")
        self.configuration = configuration
        numbers = Array(repeating: -1, count: configuration.slots)
        arrivals = Array(repeating: .zero, count: configuration.slots)
        interval = FeedbackInterval(configuration)
        overlap = configuration.overlap
    }

    /// When `makeFeedback` has something to say; nil while everything is reported.
    public var deadline: Timestamp? { hasUnreported ? nextReport : nil }

    /// Tells this side's own sending rate: feedback takes at most a share of it.
    public mutating func update(sendRate: Bitrate) { interval.update(sendRate: sendRate) }

    /// Records a packet of any stream of the transport.
    ///
    /// - Parameters:
    ///   - bytes: its size, on which the interval of reports depends.
    ///   - sendTime: its abs-send-time, 24 bits of 6.18 seconds, nil without.
    public mutating func receive(
        _ sequence: SequenceNumber, bytes: Int = 0, sendTime: UInt32? = nil, arrival: Timestamp
    ) {
        // The offset keeps packets from before the first one from becoming negative.
        let number = unwrapper.unwrap(sequence) + 65_536
        let slot = Int(number & Int64(configuration.slots - 1))
        if numbers[slot] == number { return counters.drops.add(.duplicate) }
        if let newest, number <= newest - Int64(configuration.slots) { return counters.drops.add(.late) }
        numbers[slot] = number
        arrivals[slot] = arrival
        let missing = newest.map { max(number - $0 - 1, 0) } ?? 0
        newest = max(newest ?? number, number)
        windowStart = min(windowStart ?? number, number)
        hasUnreported = true
        counters.packetsRecorded += 1
        let isUrgent = interval.received(max(bytes, 0), sendTime: sendTime, missing: missing, at: arrival)
        schedule(isUrgent: isUrgent, at: arrival)
    }

    private mutating func schedule(isUrgent: Bool, at now: Timestamp) {
        let usual = nextReport ?? now + interval.value(at: now)
        guard isUrgent else { return nextReport = usual }
        nextReport = min(usual, max(now, (lastReport ?? now) + configuration.soonest))
    }

    /// The feedback that is due, usually one message; empty before `deadline`.
    public mutating func makeFeedback(sender: SSRC, media: SSRC, at now: Timestamp) -> [TransportFeedback] {
        guard hasUnreported, let due = nextReport, due <= now, let newest, let windowStart else { return [] }
        let begin = overlapStart(before: windowStart, at: now)
        var start = freshStart(from: max(begin, newest - Int64(configuration.slots) + 1), through: newest, at: now)
        var messages: [TransportFeedback] = []
        while let first = firstRecorded(from: start, through: newest) {
            let last = min(newest, first + Int64(configuration.maximumStatuses) - 1)
            messages.append(makeMessage(start...last, first: first, sender: sender, media: media))
            start = last + 1
        }
        counters.messagesSent += UInt64(messages.count)
        self.windowStart = newest + 1
        hasUnreported = false
        lastReport = now
        interval.reported(
            statuses: messages.reduce(0) { $0 + $1.arrivals.count }, messages: messages.count, at: now)
        let step = interval.value(at: now)
        // In step with the last one, unless that is long ago.
        nextReport = now - due < step ? due + step : now + step
        return messages
    }

    private mutating func makeMessage(
        _ range: ClosedRange<Int64>, first: Int64, sender: SSRC, media: SSRC
    ) -> TransportFeedback {
        let reference = arrival(first).map { $0.nanoseconds / 64_000_000 } ?? 0
        let origin = Timestamp(nanoseconds: reference * 64_000_000)
        defer { feedbackCount &+= 1 }
        return TransportFeedback(
            sender: sender, media: media,
            baseSequence: SequenceNumber(UInt16(truncatingIfNeeded: range.lowerBound)),
            // 24 bits, signed: it wraps after 12 days.
            referenceTime: (Int32(truncatingIfNeeded: reference) << 8) >> 8, feedbackCount: feedbackCount,
            arrivals: range.map { number in arrival(number).map { $0 - origin } })
    }

    private func arrival(_ number: Int64) -> Timestamp? {
        let slot = Int(number & Int64(configuration.slots - 1))
        return numbers[slot] == number ? arrivals[slot] : nil
    }

    private func firstRecorded(from start: Int64, through end: Int64) -> Int64? {
        var number = start
        while number <= end {
            if arrival(number) != nil { return number }
            number += 1
        }
        return nil
    }

    // As far back as what arrived within `overlap`, and no further than half a message: what is new goes first.
    private func overlapStart(before start: Int64, at now: Timestamp) -> Int64 {
        guard overlap > .zero else { return start }
        let limit = start - Int64(configuration.maximumStatuses / 4)
        var (begin, number) = (start, start - 1)
        while number >= max(limit, 0), let time = arrival(number) ?? arrival(number - 1), now - time <= overlap {
            if arrival(number) != nil { begin = number }
            number -= 1
        }
        return begin
    }

    // Arrivals from before the window are passed, as far as none from within it lies before them.
    private func freshStart(from start: Int64, through end: Int64, at now: Timestamp) -> Int64 {
        var (fresh, number) = (start, start)
        while number <= end {
            if let time = arrival(number) {
                if now - time <= configuration.window { break }
                fresh = number + 1
            }
            number += 1
        }
        return fresh
    }
}
