public import RapportBase
public import RapportRTP

/// Records when the packets of each stream arrived and makes the reports of RFC 8888 for the sender.
///
/// Each report repeats what arrived shortly before the one before it, so that one that is lost takes nothing along.
public struct CongestionFeedbackRecorder: Sendable {
    /// What happened so far.
    public struct Counters: Sendable, Equatable {
        public var packetsRecorded: UInt64 = 0
        public var messagesSent: UInt64 = 0
        public var drops = DropCounts()

        public init() {}
    }

    private typealias Report = CongestionControlFeedback

    private struct Stream: Sendable {
        static let slots = 1024

        var source: SSRC
        var unwrapper = SequenceUnwrapper()
        var numbers = [Int64](repeating: -1, count: slots)
        var arrivals = [Timestamp](repeating: .zero, count: slots)
        var marks = [CongestionControlFeedback.Mark](repeating: .notCapable, count: slots)
        var newest: Int64 = -1
        /// Where the next report begins, without what it repeats; nil when everything was told.
        var begin: Int64?

        func place(_ number: Int64) -> Int? {
            let slot = Int(number & Int64(Self.slots - 1))
            return numbers[slot] == number ? slot : nil
        }
    }

    /// Sources at most: SRTP lets no more through.
    private static let maximumStreams = 32
    /// Packets of one message: it stays within a datagram.
    private static let maximumReports = 400

    public private(set) var counters = Counters()
    /// How long a report repeats what was told before.
    private let overlap: Duration
    private let soonest: Duration
    private var streams: [Stream] = []
    private var interval: FeedbackInterval
    private var lastReport: Timestamp?
    private var nextReport: Timestamp?
    private var hasUnreported = false

    public init(
        _ configuration: TransportFeedbackRecorder.Configuration = .init(), overlap: Duration = .milliseconds(60)
    ) {
        interval = FeedbackInterval(configuration)
        soonest = configuration.soonest
        self.overlap = overlap
    }

    /// When `makeFeedback` has something to say; nil while everything is reported.
    public var deadline: Timestamp? { hasUnreported ? nextReport : nil }

    /// Tells this side's own sending rate: feedback takes at most a share of it.
    public mutating func update(sendRate: Bitrate) { interval.update(sendRate: sendRate) }

    /// Records a packet.
    ///
    /// - Parameter sendTime: its abs-send-time, 24 bits of 6.18 seconds, nil without.
    public mutating func receive(
        source: SSRC, _ sequence: SequenceNumber, bytes: Int, sendTime: UInt32?,
        mark: CongestionControlFeedback.Mark = .notCapable, arrival: Timestamp
    ) {
        guard let place = place(source) else { return counters.drops.add(.overflow) }
        guard let missing = record(place, sequence, mark, arrival) else { return }
        counters.packetsRecorded += 1
        hasUnreported = true
        let isUrgent =
            interval.received(bytes, sendTime: sendTime, missing: missing, at: arrival) || mark == .congestion
        let usual = nextReport ?? arrival + interval.value(at: arrival)
        nextReport = isUrgent ? min(usual, max(arrival, (lastReport ?? arrival) + soonest)) : usual
    }

    private mutating func place(_ source: SSRC) -> Int? {
        if let place = streams.firstIndex(where: { $0.source == source }) { return place }
        guard streams.count < Self.maximumStreams else { return nil }
        streams.append(Stream(source: source))
        return streams.count - 1
    }

    // Packets that it shows to be missing; nil when it is not to be reported.
    private mutating func record(
        _ place: Int, _ sequence: SequenceNumber, _ mark: CongestionControlFeedback.Mark, _ arrival: Timestamp
    ) -> Int64? {
        // The offset keeps packets from before the first one from becoming negative.
        let number = streams[place].unwrapper.unwrap(sequence) + 65_536
        let newest = streams[place].newest
        if streams[place].place(number) != nil {
            counters.drops.add(.duplicate)
            return nil
        }
        if newest >= 0, number <= newest - Int64(Stream.slots) {
            counters.drops.add(.late)
            return nil
        }
        let slot = Int(number & Int64(Stream.slots - 1))
        streams[place].numbers[slot] = number
        streams[place].arrivals[slot] = arrival
        streams[place].marks[slot] = mark
        // What is missing before it is told with it.
        let first = newest >= 0 ? min(number, newest + 1) : number
        streams[place].begin = min(streams[place].begin ?? first, first)
        streams[place].newest = max(newest, number)
        return newest >= 0 ? max(number - newest - 1, 0) : 0
    }

    /// The feedback that is due, usually one message; empty before `deadline`.
    ///
    /// - Parameter clock: the time now on the clock of the sender reports.
    public mutating func makeFeedback(
        sender: SSRC, clock: NTPTime, at now: Timestamp
    ) -> [CongestionControlFeedback] {
        guard hasUnreported, let due = nextReport, due <= now else { return [] }
        var messages: [CongestionControlFeedback] = []
        var (blocks, reports, total) = ([CongestionControlFeedback.Stream](), 0, 0)
        for place in streams.indices {
            for block in takeBlocks(place, at: now) {
                if reports + block.packets.count > Self.maximumReports, !blocks.isEmpty {
                    messages.append(Report(sender: sender, streams: blocks, timestamp: clock.middle32))
                    (blocks, reports) = ([], 0)
                }
                blocks.append(block)
                reports += block.packets.count
                total += block.packets.count
            }
        }
        if !blocks.isEmpty { messages.append(Report(sender: sender, streams: blocks, timestamp: clock.middle32)) }
        told(messages.count, statuses: total, due: due, at: now)
        return messages
    }

    private mutating func told(_ messages: Int, statuses: Int, due: Timestamp, at now: Timestamp) {
        counters.messagesSent += UInt64(messages)
        hasUnreported = false
        lastReport = now
        interval.reported(statuses: statuses * 3 / 2, messages: messages, at: now)
        let step = interval.value(at: now)
        // In step with the last one, unless that is long ago.
        nextReport = now - due < step ? due + step : now + step
    }

    private mutating func takeBlocks(_ place: Int, at now: Timestamp) -> [CongestionControlFeedback.Stream] {
        guard let begin = streams[place].begin else { return [] }
        defer { streams[place].begin = nil }
        let stream = streams[place]
        var first = max(begin, stream.newest - Int64(Stream.slots) + 1)
        let limit = max(first - Int64(Self.maximumReports / 4), 0)
        while first > limit, let slot = stream.place(first - 1), now - stream.arrivals[slot] <= overlap { first -= 1 }
        return stride(from: first, through: stream.newest, by: Self.maximumReports).map { start in
            let end = min(stream.newest, start + Int64(Self.maximumReports) - 1)
            return CongestionControlFeedback.Stream(
                source: stream.source, begin: SequenceNumber(UInt16(truncatingIfNeeded: start)),
                packets: (start...end).map { number in stream.place(number).map { Self.arrival(stream, $0, at: now) } })
        }
    }

    private static func arrival(_ stream: Stream, _ slot: Int, at now: Timestamp) -> CongestionControlFeedback.Arrival {
        let age = (now - stream.arrivals[slot]).wholeNanoseconds
        let units = (max(age, 0) * 1024 + 500_000_000) / 1_000_000_000
        let offset =
            units < Int64(CongestionControlFeedback.Arrival.longAgo)
            ? UInt16(units) : .init(CongestionControlFeedback.Arrival.longAgo)
        return CongestionControlFeedback.Arrival(offset: offset, mark: stream.marks[slot])
    }
}
