public import RapportBase

/// When a packet of sound should be played, learnt from when packets arrive.
///
/// Two time scales. Slow: a histogram of transit times with a memory of half a minute, from which the playout time is
/// chosen where another millisecond of delay costs as much as the packets it would save from being concealed, and never
/// so early that more than a small share would be late. Since it counts packets, a path that became longer fills that
/// share within half a second: it rises fast and forgets slowly. Fast: the largest transit of the last moment, below
/// which the delay is not lowered. A stall that no buffer should cover is not learnt at all.
///
/// Times are transits in nanoseconds: arrival, or playout, less media time, with a constant that nobody knows.
public struct PlayoutTarget: Sendable {
    /// Shape of a target.
    public struct Configuration: Sendable {
        /// Packets until half is forgotten, about.
        public var memory = 1500
        /// Share of packets that are to be in time whatever it costs, where late ones come one by one or few together …
        public var inTimeOfShortRuns = 0.988
        /// … and where stalls make long runs late, of which to cover a part helps little.
        public var inTimeOfLongRuns = 0.982
        /// Later than the median by more than this, a packet belongs to a run.
        public var runsAbove: Duration = .milliseconds(60)
        /// Share of packets that may have come later than the target of their time: above it the path changes faster
        /// than the histogram shows, and fewer are let be late …
        public var lateAtMost = 0.008
        /// … down to this part of them, looking back over so many packets.
        public var leastPartLate = 0.4
        public var lateMemory = 750
        /// Mean lengths of runs of late packets between which the share goes from one to the other.
        public var shortRun = 5.0
        public var longRun = 8.0
        /// Packets that there are taken to be at least for that share.
        public var startPackets = 1000
        /// Delay that one percent more of concealed sound is worth.
        public var costOfOnePercent: Duration = .milliseconds(45)
        /// How far back the largest transit keeps the delay from being lowered.
        public var recently: Duration = .milliseconds(800)
        /// Packets closer together than this come out of one queue.
        public var together: Duration = .milliseconds(6)
        /// Later than the target by more than this, it is a stall, and the delay does not learn from it …
        public var stallAbove: Duration = .milliseconds(500)
        /// … unless it stays so this long: then it is a new path.
        public var longestStall: Duration = .milliseconds(1500)
        /// A delay longer than this is given up once no packet needed it for `farForgottenAfter`.
        public var far: Duration = .milliseconds(500)
        public var farForgottenAfter: Duration = .seconds(1)
        /// Earlier than the earliest by more than this, it is a new path or a new clock of the sender.
        public var newPathBelow: Duration = .milliseconds(150)
        /// Share of lost packets that are to be recovered in time, once packets get lost at all.
        public var recoveredInTime = 0.85
        /// Share of packets recovered from later ones from which on the delay waits for them.
        public var recoveriesFrom = 0.004
        /// That share as it is taken to be at first: a stream with copies is played late enough for them until some
        /// nine seconds without a loss have shown that they are not needed …
        public var recoveriesAtStart = 0.01
        /// … unless a copy comes later than its packet by more than this, which would have to be made room for.
        public var longestStartWait: Duration = .milliseconds(20)

        public init() {}
    }

    private let configuration: Configuration
    private var packets: TransitHistogram
    /// When the copy of a lost packet came, with the lost packet's media time.
    private var recoveries = TransitHistogram(memory: 200)
    private var recoveredShare: Double
    /// How much later than a packet its copy is sent; nil while packets carry none.
    private var copyLag: Int64?
    /// Late packets and runs of them, both forgotten as the histogram forgets.
    private var latePackets = 0.0
    private var lateRuns = 0.0
    private var lastWasLate = false
    /// Share of packets that came later than the target of their time.
    private var tooLate = 0.0
    private var recent: RecentArrivals
    private var stallStart: Timestamp?
    /// When a packet last came far later than the fastest.
    private var lastFar: Timestamp?
    private var chosen: Int64?

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        packets = TransitHistogram(memory: configuration.memory)
        recoveredShare = configuration.recoveriesAtStart
        recent = RecentArrivals(window: configuration.recently, together: configuration.together)
    }

    /// Transit at which packets should be played; nil until one arrived.
    public var transit: Int64? { chosen }

    /// Transit of the fastest packet remembered.
    public var fastest: Int64? { packets.least }

    /// Packets learnt from.
    public var learnt: Int { packets.additions }

    /// Transit below which the delay must not be lowered now.
    public func lowest(at now: Timestamp) -> Int64? {
        chosen.map { max($0, recent.largest(at: now) ?? $0) }
    }

    public mutating func reset() {
        let kept = recoveredShare
        self = PlayoutTarget(configuration)
        recoveredShare = kept
    }

    /// Takes a packet's arrival.
    /// - Parameters:
    ///   - media: media time of its first sample in nanoseconds.
    ///   - copyLag: length of the packet before it, in nanoseconds, if it carries a copy of that one.
    public mutating func receive(media: Int64, arrival: Timestamp, copyLag: Int64? = nil) {
        self.copyLag = copyLag
        let transit = arrival.nanoseconds &- media
        if let fastest, fastest &- transit > configuration.newPathBelow.wholeNanoseconds { reset() }
        recent.add(transit: transit, arrival: arrival)
        guard !isStalled(transit, at: arrival) else { return }
        if isFarFetched(transit, at: arrival) { reset() }
        countRuns(transit)
        if let chosen { tooLate += ((transit > chosen ? 1 : 0) - tooLate) / Double(configuration.lateMemory) }
        packets.add(transit)
        recoveredShare -= recoveredShare / 500
        choose()
    }

    /// Takes the arrival of a copy of a missing packet, within a later one.
    /// - Parameter media: media time of the missing packet's first sample in nanoseconds.
    public mutating func receiveRecovery(of media: Int64, arrival: Timestamp) {
        guard stallStart == nil else { return }
        recoveredShare += (1 - recoveredShare) / 500
        recoveries.add(arrival.nanoseconds &- media)
        choose()
    }

    private mutating func countRuns(_ transit: Int64) {
        let isLate = packets.quantile(0.5).map { transit &- $0 > configuration.runsAbove.wholeNanoseconds } ?? false
        let keep = 1 - 1 / Double(configuration.memory)
        latePackets = latePackets * keep + (isLate ? 1 : 0)
        lateRuns = lateRuns * keep + (isLate && !lastWasLate ? 1 : 0)
        lastWasLate = isLate
    }

    /// The share that is to be in time, by how long the runs of late packets are.
    private var leastInTime: Double {
        guard lateRuns > 0 else { return configuration.inTimeOfLongRuns }
        let way = (latePackets / lateRuns - configuration.shortRun) / (configuration.longRun - configuration.shortRun)
        let part = max(min(configuration.lateAtMost / max(tooLate, 1e-9), 1), configuration.leastPartLate)
        let (short, long) = (1 - (1 - configuration.inTimeOfShortRuns) * part, configuration.inTimeOfLongRuns)
        return short + (long - short) * max(0, min(way, 1))
    }

    private mutating func choose() {
        let cost = configuration.costOfOnePercent.inMilliseconds * 100
        chosen = packets.cheapest(cost: cost, atLeast: leastInTime, start: configuration.startPackets)
        guard recoveredShare > configuration.recoveriesFrom,
            let wait = recoveries.isEmpty ? expectedRecovery : recoveries.quantile(configuration.recoveredInTime)
        else { return }
        chosen = max(chosen ?? wait, wait)
    }

    /// When the copy of a packet would come, before any was needed: with the packet that is sent after it.
    private var expectedRecovery: Int64? {
        guard let copyLag, copyLag <= configuration.longestStartWait.wholeNanoseconds else { return nil }
        return packets.quantile(0.5).map { $0 &+ copyLag }
    }

    /// True when the delay is one of seconds and the path has long been calm: nobody wants to wait until the
    /// histogram forgets that.
    private mutating func isFarFetched(_ transit: Int64, at arrival: Timestamp) -> Bool {
        guard let chosen, let fastest else { return false }
        let far = configuration.far.wholeNanoseconds
        if transit &- fastest > far { lastFar = arrival }
        guard chosen &- fastest > far, let lastFar else { return false }
        return arrival - lastFar > configuration.farForgottenAfter
    }

    private mutating func isStalled(_ transit: Int64, at arrival: Timestamp) -> Bool {
        guard let chosen else { return false }
        guard let start = stallStart else {
            guard transit &- chosen > configuration.stallAbove.wholeNanoseconds else { return false }
            stallStart = arrival
            return true
        }
        if transit <= chosen {
            stallStart = nil
            return false
        }
        guard arrival - start > configuration.longestStall else { return true }
        reset()
        return false
    }

    /// Whether sound should be drawn out now because the packet that is due `step` from now is likely to come just
    /// after that: not sooner, and not never.
    /// - Parameters:
    ///   - transit: that the packet would have if it came now.
    ///   - lost: share of packets that never come.
    public func shouldDrawOut(transit: Int64, step: Int64, lost: Double) -> Bool {
        let now = packets.share(upTo: transit)
        let due = packets.share(upTo: transit &+ step)
        let later = packets.share(upTo: transit &+ 3 &* step)
        let comesInTime = now < 0.999_999 ? (due - now) / (1 - now) : 0
        let comesAfter = (later - due) * (1 - lost) / max(1 - now * (1 - lost), 1e-9)
        return comesInTime < 0.5 && comesAfter > 0.02
    }
}
