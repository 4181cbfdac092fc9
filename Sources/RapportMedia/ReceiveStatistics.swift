public import RapportBase
public import RapportRTP

/// Reception statistics of one source: what a report block about it says. RFC 3550 sections A.1, A.3 and A.8.
///
/// Only packets of the source itself belong here. Those that came back as RTX are counted by their own source
/// (RFC 4588 section 6.3), so that the reported loss is the network's.
public struct ReceiveStatistics: Sendable {
    /// Counters under the names of webrtc-stats.
    public struct Counters: Sendable, Equatable {
        /// Packets of any kind, duplicates included.
        public var packetsReceived: UInt64 = 0
        /// Payload bytes, without padding.
        public var bytesReceived: UInt64 = 0
        /// Header, extension and padding bytes.
        public var headerBytesReceived: UInt64 = 0
        public var duplicates: UInt64 = 0
        public var reordered: UInt64 = 0
        /// Packets far from everything before them, and how often such a jump turned out to be a new beginning.
        public var jumps: UInt64 = 0
        public var restarts: UInt64 = 0
        public var lastPacketReceived: Timestamp?

        public init() {}
    }

    // RFC 3550 section A.1, but with a misorder of 1000 for 100: at hundreds of packets a second one that was sent
    // again under its own number is further back than that.
    private static let maximumDropout = 3000
    private static let maximumMisorder = 1000

    public let ssrc: SSRC
    public let clockRate: Int
    public private(set) var counters = Counters()
    private var base: Int64 = 0
    private var highest: Int64?
    private var afterJump: SequenceNumber?
    private var received: Int64 = 0
    private var expectedPrior: Int64 = 0
    private var receivedPrior: Int64 = 0
    private var heardSinceReport = false
    private var window = SequenceWindow()
    private var transit: UInt32?
    private var jitterTimes16: UInt32 = 0
    private var lastReport: (middle: UInt32, arrival: Timestamp)?

    public init(ssrc: SSRC, clockRate: Int) {
        precondition(clockRate > 0, "a media clock ticks")
        self.ssrc = ssrc
        self.clockRate = clockRate
    }

    /// Packets lost since the beginning; negative with more duplicates than losses.
    public var packetsLost: Int64 { expected - received }

    /// Interarrival jitter in units of the media clock. RFC 3550 section A.8.
    public var jitter: UInt32 { jitterTimes16 >> 4 }

    public var jitterTime: Duration { .nanoseconds(Int64(jitter) * 1_000_000_000 / Int64(clockRate)) }

    /// Cycles in the upper half, the highest sequence number in the lower.
    public var extendedHighestSequence: UInt32 { UInt32(truncatingIfNeeded: highest ?? 0) }

    private var expected: Int64 { highest.map { $0 - base + 1 } ?? 0 }

    /// Counts a packet. False when it is too far from the ones before to belong to them; use nothing of it then.
    /// - Parameter packetBytes: the whole RTP packet, unprotected.
    @discardableResult
    public mutating func receive(_ header: RTPHeader, packetBytes: Int, arrival: Timestamp) -> Bool {
        guard place(header.sequenceNumber) else {
            counters.jumps += 1
            return false
        }
        received += 1
        heardSinceReport = true
        counters.packetsReceived += 1
        counters.bytesReceived += UInt64(max(header.payloadRange.count, 0))
        counters.headerBytesReceived += UInt64(max(packetBytes - header.payloadRange.count, 0))
        counters.lastPacketReceived = arrival
        updateJitter(header.timestamp, arrival)
        return true
    }

    /// Takes the time of the source's sender report, for LSR and DLSR.
    public mutating func receiveSenderReport(ntp: NTPTime, at now: Timestamp) {
        lastReport = (ntp.middle32, now)
    }

    /// The block for the next report; nil when nothing was heard since the last one. RFC 3550 section 6.4.
    public mutating func makeReportBlock(at now: Timestamp) -> ReportBlock? {
        guard heardSinceReport else { return nil }
        heardSinceReport = false
        return ReportBlock(
            ssrc: ssrc, fractionLost: takeFractionLost(),
            cumulativeLost: Int32(min(max(packetsLost, -0x80_0000), 0x7F_FFFF)),
            highestSequence: extendedHighestSequence, jitter: jitter, lastSenderReport: lastReport?.middle ?? 0,
            delaySinceLastSenderReport: lastReport.map { Self.compact(now - $0.arrival) } ?? 0)
    }

    // RFC 3550 section A.3
    private mutating func takeFractionLost() -> UInt8 {
        let expectedInterval = expected - expectedPrior
        let lost = expectedInterval - (received - receivedPrior)
        expectedPrior = expected
        receivedPrior = received
        guard expectedInterval > 0, lost > 0 else { return 0 }
        return UInt8(min((lost << 8) / expectedInterval, 255))
    }

    // RFC 3550 section A.1, without probation: the packets were authenticated.
    private mutating func place(_ sequence: SequenceNumber) -> Bool {
        guard let newest = highest else {
            begin(at: sequence)
            return true
        }
        let step = sequence.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: newest)))
        if (1..<Self.maximumDropout).contains(step) {
            highest = newest + Int64(step)
        } else if step > 0 || step < -Self.maximumMisorder {
            guard afterJump == sequence else {
                afterJump = sequence + 1
                return false
            }
            counters.restarts += 1
            begin(at: sequence)
            return true
        }
        afterJump = nil
        note(newest + Int64(step), step)
        return true
    }

    private mutating func note(_ number: Int64, _ step: Int) {
        if !window.insert(number) {
            counters.duplicates += 1
        } else if step < 0 {
            counters.reordered += 1
        }
    }

    private mutating func begin(at sequence: SequenceNumber) {
        base = Int64(sequence.rawValue)
        highest = base
        (received, receivedPrior, expectedPrior) = (0, 0, 0)
        afterJump = nil
        transit = nil
        window = SequenceWindow()
        _ = window.insert(base)
    }

    // RFC 3550 section A.8, in integers: the estimate is kept times 16.
    private mutating func updateJitter(_ timestamp: RTPTimestamp, _ arrival: Timestamp) {
        let ticks = arrival.nanoseconds / 1000 * Int64(clockRate) / 1_000_000
        let now = UInt32(truncatingIfNeeded: ticks) &- timestamp.rawValue
        defer { transit = now }
        guard let before = transit else { return }
        let difference = Int32(bitPattern: now &- before).magnitude
        // Half a minute between two packets is a new media clock, not jitter.
        guard difference < UInt32(clockRate) * 30 else { return }
        jitterTimes16 = jitterTimes16 &+ difference &- ((jitterTimes16 &+ 8) >> 4)
    }

    /// In units of 1/65536 s, as DLSR.
    static func compact(_ duration: Duration) -> UInt32 {
        let nanoseconds = min(max(duration.wholeNanoseconds, 0), 65_535_000_000_000)
        return UInt32((nanoseconds << 16) / 1_000_000_000)
    }
}
