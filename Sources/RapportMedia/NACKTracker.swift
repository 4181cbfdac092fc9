public import RapportBase

/// Packets to ask for again, and whether asking is over. RFC 4585 section 6.2.1.
public struct NACKRequest: Sendable, Equatable {
    /// Sequence numbers for one Generic NACK, ascending; empty when none is due.
    public var lost: [SequenceNumber] = []
    /// Packets were given up that no retransmission will bring: the stream needs a key frame.
    public var needsKeyFrame = false

    public init() {}

    public init(lost: [SequenceNumber], needsKeyFrame: Bool) {
        self.lost = lost
        self.needsKeyFrame = needsKeyFrame
    }
}

/// Knows which packets of a stream are missing and when to ask for each of them (again).
///
/// A gap is first left alone for a short time in case packets were only reordered; then each packet is requested once
/// a round trip until it arrives, is too old, or was asked for too often. On a path that loses packets it loses requests,
/// too, and a lost request costs as much as a lost answer: so each request is said twice, a few milliseconds apart. A
/// sender answers the second one only where the first did not arrive, as within a round trip it sends nothing again.
public struct NACKTracker: Sendable {
    /// Limits of a tracker.
    public struct Configuration: Sendable {
        /// Missing packets remembered; more at once means that only a key frame helps.
        public var maximumMissing = 500
        /// Age at which a missing packet is given up.
        public var maximumAge: Duration = .seconds(5)
        /// Requests for one packet.
        public var maximumTries = 10
        /// Wait before the first request: the least and the most that observed reordering can make it.
        public var minimumReorderWait: Duration = .milliseconds(2)
        public var maximumReorderWait: Duration = .milliseconds(40)
        /// Time between two requests for the same packet: bounds around the round trip.
        public var minimumRepeat: Duration = .milliseconds(20)
        public var maximumRepeat: Duration = .milliseconds(500)
        /// Sequence numbers in one request: 250 scattered ones make a packet of about 1000 bytes.
        public var maximumRequest = 250
        /// Time between a request and its repetition, and the least round trip at which it is repeated: below, asking
        /// again is nearly as soon.
        public var echoGap: Duration = .milliseconds(12)
        public var minimumEchoRoundTrip: Duration = .milliseconds(25)

        /// What is missing after a silence as long as this was sent while the path was away: all of it at once would take
        /// longer than a key frame.
        public var longestSilence: Duration = .milliseconds(700)

        public init() {}
    }

    /// What happened so far.
    public struct Counters: Sendable, Equatable {
        /// Requests, counting each sequence number of each NACK, but not the repetitions.
        public var packetsRequested: UInt64 = 0
        /// Missing packets that arrived as retransmissions.
        public var recovered: UInt64 = 0
        /// Missing packets that came out of repair packets.
        public var repaired: UInt64 = 0
        /// Requests said a second time.
        public var echoed: UInt64 = 0
        /// Missing packets that arrived late by themselves.
        public var reordered: UInt64 = 0
        /// Missing packets that were given up.
        public var abandoned: UInt64 = 0
        /// Missing packets that nobody needs any more.
        public var forgotten: UInt64 = 0

        public init() {}
    }

    private struct Missing {
        var number: Int64
        var noticed: Timestamp
        var due: Timestamp
        var tries = 0
        /// When it was asked for first, and last.
        var asked: Timestamp?
        var askedLast: Timestamp?
        /// When the next request is due that is not a repetition; nil while no repetition waits.
        var afterEcho: Timestamp?
    }

    public private(set) var counters = Counters()
    private let configuration: Configuration
    private var unwrapper = SequenceUnwrapper()
    private var highest: Int64?
    private var missing: [Missing] = []
    private var reorderWait: Duration
    private var toldRoundTrip: Duration?
    private var answers = AnswerTime()
    private static let usualRoundTrip: Duration = .milliseconds(100)
    private var needsKeyFrame = false
    private var lastArrival: Timestamp?

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        reorderWait = configuration.minimumReorderWait
    }

    /// Packets missing now.
    public var missingCount: Int { missing.count }

    /// When `poll(at:)` has something to say; nil while nothing is missing.
    public var deadline: Timestamp? {
        if needsKeyFrame { return .zero }
        return missing.lazy.map(\.due).min()
    }

    /// Tells the round-trip time, which paces repeated requests. Who only receives is never told it: then the time that
    /// requests take to be answered stands for it.
    public mutating func update(roundTrip: Duration) { toldRoundTrip = max(roundTrip, .zero) }

    private var roundTrip: Duration { toldRoundTrip ?? answers.mean ?? Self.usualRoundTrip }

    /// Takes every packet of the stream, retransmitted ones under their original number. RFC 4588 section 4.
    /// - Parameter isRepair: it came out of repair packets, which says nothing about reordering or round trips.
    public mutating func receive(
        _ sequence: SequenceNumber, isRetransmission: Bool = false, isRepair: Bool = false, at now: Timestamp
    ) {
        let number = unwrapper.unwrap(sequence)
        defer { lastArrival = max(lastArrival ?? now, now) }
        guard let newest = highest else { return highest = number }
        guard number > newest else {
            if isRepair { return repaired(number) }
            return resolve(number, isRetransmission: isRetransmission, at: now)
        }
        highest = number
        addMissing(from: newest + 1, to: number, at: now)
    }

    /// Forgets what is missing before `sequence`: a key frame begins there, or its place was passed.
    public mutating func forget(before sequence: SequenceNumber) {
        var probe = unwrapper
        let number = probe.unwrap(sequence)
        let keep = missing.firstIndex { $0.number >= number } ?? missing.count
        counters.forgotten += UInt64(keep)
        missing.removeFirst(keep)
    }

    /// What to ask for now. Call at `deadline` or later; at most `maximumRequest` numbers a call.
    public mutating func poll(at now: Timestamp) -> NACKRequest {
        abandonHopeless(at: now)
        var request = NACKRequest(lost: [], needsKeyFrame: needsKeyFrame)
        needsKeyFrame = false
        for index in missing.indices where missing[index].due <= now {
            guard request.lost.count < configuration.maximumRequest else {
                // The rest has a message of its own, when that may be sent.
                missing[index].due = now + Self.nextMessage
                continue
            }
            request.lost.append(SequenceNumber(UInt16(truncatingIfNeeded: missing[index].number)))
            noteRequest(index, at: now)
        }
        return request
    }

    private mutating func noteRequest(_ index: Int, at now: Timestamp) {
        if let next = missing[index].afterEcho {
            counters.echoed += 1
            missing[index].due = max(next, now)
            missing[index].afterEcho = nil
            return
        }
        counters.packetsRequested += 1
        missing[index].tries += 1
        missing[index].asked = missing[index].asked ?? now
        missing[index].askedLast = now
        let next = now + repeatInterval
        let isEchoed = roundTrip >= configuration.minimumEchoRoundTrip
        missing[index].due = isEchoed ? now + configuration.echoGap : next
        missing[index].afterEcho = isEchoed ? next : nil
    }

    private static let nextMessage: Duration = .milliseconds(5)

    // A quarter more than the round trip: a retransmission that is only a little late is not asked for twice.
    private var repeatInterval: Duration {
        min(max(roundTrip * 5 / 4, configuration.minimumRepeat), configuration.maximumRepeat)
    }

    private mutating func addMissing(from first: Int64, to end: Int64, at now: Timestamp) {
        let isAfterOutage = lastArrival.map { now - $0 > configuration.longestSilence } ?? false
        guard end - first <= Int64(configuration.maximumMissing), !(isAfterOutage && first < end) else {
            return abandon(missing.count + Int(end - first), keeping: [])
        }
        for number in first..<end {
            missing.append(Missing(number: number, noticed: now, due: now + reorderWait))
        }
        let excess = missing.count - configuration.maximumMissing
        if excess > 0 { abandon(excess, keeping: Array(missing.dropFirst(excess))) }
        if first < end { relaxReorderWait() }
    }

    private mutating func abandonHopeless(at now: Timestamp) {
        let kept = missing.filter { entry in
            let isSpent = entry.tries >= configuration.maximumTries && entry.due <= now && entry.afterEcho == nil
            return !isSpent && now - entry.noticed < configuration.maximumAge
        }
        if kept.count < missing.count { abandon(missing.count - kept.count, keeping: kept) }
    }

    private mutating func abandon(_ count: Int, keeping kept: [Missing]) {
        counters.abandoned += UInt64(count)
        missing = kept
        needsKeyFrame = true
    }

    private mutating func repaired(_ number: Int64) {
        guard let index = missing.firstIndex(where: { $0.number == number }) else { return }
        missing.remove(at: index)
        counters.repaired += 1
    }

    private mutating func resolve(_ number: Int64, isRetransmission: Bool, at now: Timestamp) {
        guard let index = missing.firstIndex(where: { $0.number == number }) else { return }
        let entry = missing.remove(at: index)
        if isRetransmission, let first = entry.asked, let last = entry.askedLast {
            answers.receive(at: now, first: first, last: last)
        }
        if isRetransmission || entry.tries > 0 {
            counters.recovered += 1
        } else {
            counters.reordered += 1
        }
        guard !isRetransmission else { return }
        // The path reorders: wait as long as this one took, and a quarter more, before the next first request.
        let observed = (now - entry.noticed) * 5 / 4
        if observed <= configuration.maximumReorderWait { reorderWait = max(reorderWait, observed) }
    }

    private mutating func relaxReorderWait() {
        reorderWait = max(reorderWait * 31 / 32, configuration.minimumReorderWait)
    }
}
