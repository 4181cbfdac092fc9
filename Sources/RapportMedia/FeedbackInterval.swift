import RapportBase

/// How often a receiver tells its sender of arrivals: as often as a share of what it receives pays for, and sooner while
/// something happens that the sender has to know.
///
/// A queue that begins to grow, or several packets missing in a row, halve the interval for a while; growth by much asks
/// for a report at once. Growth is seen by the time of sending in the packets (abs-send-time); without it only losses
/// are.
struct FeedbackInterval: Sendable {
    private typealias Configuration = TransportFeedbackRecorder.Configuration

    // IPv4, UDP, SRTCP's index and tag, RTCP's head and what comes before the first status.
    private static let overhead = 28.0 + 20 + 20
    private static let bytesOfStatus = 1.3
    private static let memory = 0.5
    /// A growth of the delay by this makes reports come sooner; by `sudden` since the last report, at once.
    private static let growth = 0.015
    private static let sudden = 0.012
    private static let haste: Duration = .milliseconds(300)
    /// By how much a low rate of this side may lengthen the interval that the received rate pays for.
    private static let mostStretch = 4.0
    private static let longestBase: Duration = .seconds(10)
    // 24 bits count 64 s.
    private static let unitsOfSecond = Double(1 << 18)

    private let least: Double
    private let most: Double
    private let longest: Double
    private let start: Double
    private let share: Double
    private let ownShare: Double
    /// Bits per second received, and sent by this side; nil while not known.
    private var rate: Double?
    private var ownRate: Double?
    private var reportBytes = 90.0
    private var bytes = 0
    private var lastReport: Timestamp?
    private var hurriesUntil: Timestamp = .zero
    /// The least time under way, of the last seconds and of those before them, and the longest one reported.
    private var base = (recent: Double.infinity, before: Double.infinity, since: Timestamp.zero)
    private var reportedDelay = 0.0
    private var delay = 0.0

    init(_ configuration: TransportFeedbackRecorder.Configuration) {
        least = configuration.minimumInterval.inSeconds
        most = configuration.maximumInterval.inSeconds
        longest = configuration.longestInterval.inSeconds
        start = configuration.startInterval.inSeconds
        share = configuration.rateShare
        ownShare = configuration.sendRateShare
    }

    /// The interval to the next report.
    func value(at now: Timestamp) -> Duration {
        let paid = rate.map { min(max(reportBytes * 8 / max(share * $0, 1), least), most) } ?? start
        var seconds = now < hurriesUntil ? max(paid / 2, least) : paid
        if let ownRate {
            // Where little but sound and reports is sent, a burst of loss leaves an estimate that says little of the path.
            let longest = rate == nil ? longest : min(Self.mostStretch * paid, longest)
            seconds = max(seconds, min(reportBytes * 8 / max(ownShare * ownRate, 1), longest))
        }
        return .nanoseconds(Int64(seconds * 1e9))
    }

    mutating func update(sendRate: Bitrate) { ownRate = Double(sendRate.bitsPerSecond) }

    /// A packet came.
    /// - Parameter missing: packets that it shows to be missing before it.
    /// - Returns: true when the sender should be told at once.
    mutating func received(_ size: Int, sendTime: UInt32?, missing: Int64, at now: Timestamp) -> Bool {
        bytes += size
        if missing >= 3 { hurry(now) }
        guard let sendTime else { return false }
        return noteDelay(sendTime, at: now)
    }

    // Sixty-four seconds of a clock that may run anywhere: only the difference to the least one counts.
    private mutating func noteDelay(_ sendTime: UInt32, at now: Timestamp) -> Bool {
        let sent = Double(sendTime & 0xFF_FFFF) / Self.unitsOfSecond
        let arrived = Double(now.nanoseconds % 64_000_000_000) / 1e9
        var transit = arrived - sent
        let reference = min(base.recent, base.before)
        if reference.isFinite { transit -= ((transit - reference) / 64).rounded() * 64 }
        if now - base.since > Self.longestBase {
            base = (.infinity, reference - transit > 1 ? .infinity : base.recent, now)
        }
        base.recent = min(base.recent, transit)
        delay = transit - min(base.recent, base.before)
        if delay > Self.growth, delay > reportedDelay { hurry(now) }
        return delay > Self.growth && delay > reportedDelay + Self.sudden
    }

    private mutating func hurry(_ now: Timestamp) { hurriesUntil = now + Self.haste }

    /// A report left.
    mutating func reported(statuses: Int, messages: Int, at now: Timestamp) {
        reportBytes += (Self.overhead * Double(messages) + Self.bytesOfStatus * Double(statuses) - reportBytes) / 8
        defer { (bytes, lastReport) = (0, now) }
        // What was reported is forgotten as fast as a queue may go.
        reportedDelay = max(delay, reportedDelay * 0.9)
        guard let lastReport else { return }
        let elapsed = (now - lastReport).inSeconds
        guard elapsed > 0 else { return }
        let sample = Double(bytes * 8) / elapsed
        rate = rate.map { $0 + (sample - $0) * elapsed / (elapsed + Self.memory) } ?? sample
    }
}
