import RapportBase
import RapportMedia
import RapportRTP

/// The sending end of a flow: sources, pacer, estimator, history.
struct MediaSender {
    // IPv4 20, UDP 8, RTP 12, extensions 12, GCM tag 16.
    static let overhead = 68
    private static let audioPayload = 50
    static let audioBytes = audioPayload + overhead
    static let audioRate = Bitrate(bitsPerSecond: audioBytes * 8 * 50)
    static let largestPayload = 1130
    private static let historySlots = 16_384
    private static let mediaSlots = 4096
    private static let audioStep: Int64 = 20_000_000
    // As in `RetransmissionHistory`.
    private static let oldestRepeat: Duration = .seconds(3)

    /// A packet that may be asked for again.
    private struct Repeatable {
        var packet: MediaPacket
        var firstSent: Timestamp
        var lastSent: Timestamp
        var repeats = 0
    }

    let configuration: MediaFlowConfiguration
    private(set) var estimator: any BandwidthEstimator
    private(set) var pacer = PacerModel()
    private(set) var source: VideoSource
    private(set) var roundTrip: Duration = .milliseconds(100)
    private(set) var totals = SenderTotals()
    /// Time that each packet of video spent in the pacer in milliseconds, and when it left.
    private(set) var pacerDelays = DelayLog()
    private var history: [SentRecord?] = Array(repeating: nil, count: MediaSender.historySlots)
    private var media: [Repeatable?] = Array(
        repeating: nil, count: MediaSender.mediaSlots)
    private var nextNumber: Int64 = 0
    private var nextSequence: Int64 = 0
    private var nextFrame: Int32 = 0
    private var newestReported: Int64 = -1
    private var inFlight = 0
    private var frameDue: Int64
    private var audioDue: Int64
    private var roundTripDue: Timestamp = .zero
    private var wantsKeyFrame = true
    private var wasPaused = false
    private var hasResumed = false
    private var blockedSince: Int64?
    private var repeatedRate = 0.0
    private var repeatedBytes = 0
    private var repeatedUntil: Int64 = 0
    /// Share of what is sent again that the demand was told with.
    private var toldExtra = 0.0
    private var repeatsOwed = 0.0
    private var repeatsCountedAt: Timestamp = .zero
    private var results: [PacketResult] = []
    private var isActive: Bool

    init(
        _ configuration: MediaFlowConfiguration, _ estimator: any BandwidthEstimator, _ generator: SimulationGenerator
    ) {
        self.configuration = configuration
        self.estimator = estimator
        source = VideoSource(configuration.video, start: configuration.startRate, generator)
        frameDue = configuration.start.nanoseconds
        audioDue = configuration.hasAudio ? configuration.start.nanoseconds : .max
        isActive = true
    }

    var decision: RateDecision { estimator.decision }

    /// What the sources together can fill, overhead included.
    var demand: Bitrate {
        let video = source.model.most
        return video + overheadRate(of: video) + (configuration.hasAudio ? Self.audioRate : .zero)
    }

    func record(_ number: Int64) -> SentRecord? {
        guard let record = history[Int(number) & (Self.historySlots - 1)], record.sent.number == number else {
            return nil
        }
        return record
    }

    /// When `handleTimeout` is to be called; nil for never again.
    var deadline: Timestamp? {
        guard isActive else { return nil }
        var time = min(frameDue, audioDue)
        if let pacing = pacer.deadline(isOpen: isOpen) { time = min(time, pacing.nanoseconds) }
        if let estimate = estimator.deadline { time = min(time, estimate.nanoseconds) }
        if let blockedSince { time = min(time, blockedSince + 500_000_000) }
        return Timestamp(nanoseconds: time)
    }

    mutating func begin(at now: Timestamp) {
        estimator.update(demand: demand, at: now)
        takeDecision(at: now)
    }

    /// Does what is due; packets that leave are appended to `outgoing` as transport numbers.
    mutating func handleTimeout(at now: Timestamp, into outgoing: inout [Int64]) {
        if let end = configuration.end, now >= end { return isActive = false }
        let isPaused = configuration.pauses.contains { $0.contains(now) }
        if let due = estimator.deadline, due <= now { estimator.handleTimeout(at: now) }
        if isPaused != wasPaused { changePause(isPaused, at: now) }
        takeDecision(at: now)
        if audioDue <= now.nanoseconds { makeAudio(at: now, isPaused: isPaused) }
        if frameDue <= now.nanoseconds { makeFrame(at: now, isPaused: isPaused) }
        transmit(at: now, into: &outgoing)
    }

    mutating func receive(_ message: ControlMessage, at now: Timestamp, into outgoing: inout [Int64]) {
        if let newest = message.newest, let record = record(newest), now >= roundTripDue {
            roundTrip = now - record.sent.sentAt - message.held
            estimator.update(roundTrip: roundTrip, at: now)
            roundTripDue = now + .seconds(1)
        }
        for feedback in message.feedback { receive(feedback, marked: message.marked, at: now) }
        for lost in message.lost { resend(lost, at: now) }
        if message.needsKeyFrame { wantsKeyFrame = true }
        takeDecision(at: now)
        transmit(at: now, into: &outgoing)
    }

    private mutating func changePause(_ isPaused: Bool, at now: Timestamp) {
        estimator.update(demand: isPaused ? .zero : demand, at: now)
        (wasPaused, toldExtra) = (isPaused, 0)
        if !isPaused { (wantsKeyFrame, hasResumed) = (true, true) }
    }
}

extension MediaSender {
    private func overheadRate(of video: Bitrate) -> Bitrate {
        let frames = configuration.video.framesPerSecond(at: video)
        let packets = max(video.bitsPerSecond / 8 / frames + Self.largestPayload - 1, 1) / Self.largestPayload
        return Bitrate(bitsPerSecond: max(packets, 1) * frames * Self.overhead * 8)
    }

    /// What the estimator allows reaches the pacer and, less sound, headers and retransmissions, the encoder.
    private mutating func takeDecision(at now: Timestamp) {
        while let probe = estimator.takeProbe(at: now) { pacer.enqueue(probe) }
        countRepeats(at: now)
        let decision = estimator.decision
        pacer.update(pacing: decision.pacing, padding: wasPaused ? .zero : decision.padding)
        let video = decision.target - (configuration.hasAudio ? Self.audioRate : .zero)
        let media = video - Bitrate(bitsPerSecond: Int(repeatedRate))
        source.update(target: media - overheadRate(of: media))
    }

    private mutating func countRepeats(at now: Timestamp) {
        guard now.nanoseconds >= repeatedUntil else { return }
        repeatedRate = repeatedRate * 0.7 + Double(repeatedBytes * 8) * 5 * 0.3
        repeatedBytes = 0
        repeatedUntil = now.nanoseconds + 200_000_000
        tellDemand(at: now)
    }

    // As `SendRateControl`: on a way that loses packets there has to be room for what is sent again. The baseline has no
    // such rule.
    private mutating func tellDemand(at now: Timestamp) {
        guard estimator is RapportEstimator, !wasPaused else { return }
        let share = min(repeatedRate / max(Double(demand.bitsPerSecond), 1), Self.mostExtra)
        guard abs(share - toldExtra) > 0.01 else { return }
        toldExtra = share
        estimator.update(demand: demand * (1 + share), at: now)
    }

    private static let mostExtra = 0.15

    private mutating func makeAudio(at now: Timestamp, isPaused: Bool) {
        audioDue += Self.audioStep
        guard !isPaused else { return }
        var packet = MediaPacket(kind: .audio, bytes: Int32(Self.audioBytes), queuedAt: now)
        packet.payload = Int32(Self.audioPayload)
        pacer.enqueue(packet)
    }

    private mutating func makeFrame(at now: Timestamp, isPaused: Bool) {
        let interval = 1_000_000_000 / Int64(source.framesPerSecond)
        frameDue += interval
        guard !isPaused else { return }
        if pacer.takeKeyFrameNeed() { wantsKeyFrame = true }
        if skipsFrame { return totals.skippedFrames += 1 }
        let size = source.encode(isKey: wantsKeyFrame, at: now)
        let count = (size + Self.largestPayload - 1) / Self.largestPayload
        for index in 0..<count {
            let payload = size * (index + 1) / count - size * index / count
            var packet = MediaPacket(kind: .video, bytes: Int32(payload + Self.overhead), queuedAt: now)
            packet.payload = Int32(payload)
            packet.sequence = nextSequence
            packet.frame = nextFrame
            packet.framePackets = Int32(count)
            packet.isKey = wantsKeyFrame
            packet.frameInterval = interval
            packet.followsPause = hasResumed
            nextSequence += 1
            pacer.enqueue(packet)
        }
        nextFrame += 1
        wantsKeyFrame = false
        hasResumed = false
    }

    // A real-time encoder leaves a frame out when those before it have not left: it would only be later.
    private var skipsFrame: Bool {
        if pacer.expectedQueueTime > .milliseconds(250) { return true }
        guard let window = estimator.decision.window else { return false }
        return inFlight + pacer.queuedBytes > window * 3 / 2
    }

    private var isOpen: Bool {
        guard let window = estimator.decision.window else { return true }
        return inFlight < window
    }

    private mutating func transmit(at now: Timestamp, into outgoing: inout [Int64]) {
        // Without feedback a closed window would never open: one packet each half second asks for some.
        var isOpen = isOpen
        if let since = blockedSince, !isOpen, now.nanoseconds - since >= 500_000_000 {
            isOpen = true
            blockedSince = now.nanoseconds
        }
        while let (packet, probe) = pacer.next(at: now, isOpen: isOpen) {
            send(packet, probe: probe, at: now)
            outgoing.append(nextNumber - 1)
            // Sound needs no leave; what does has now used it.
            if packet.kind != .audio { isOpen = self.isOpen }
        }
        if self.isOpen { blockedSince = nil } else if blockedSince == nil { blockedSince = now.nanoseconds }
    }

    private mutating func send(_ packet: MediaPacket, probe: Int?, at now: Timestamp) {
        let sent = SentPacket(
            number: nextNumber, bytes: Int(packet.bytes), sentAt: now, kind: packet.kind, probe: probe)
        history[Int(nextNumber) & (Self.historySlots - 1)] = SentRecord(sent: sent, media: packet)
        nextNumber += 1
        inFlight += sent.bytes
        totals.count(sent)
        if packet.kind == .retransmission { repeatedBytes += sent.bytes }
        if packet.kind == .video {
            media[Int(packet.sequence) & (Self.mediaSlots - 1)] = Repeatable(
                packet: packet, firstSent: now, lastSent: now)
        }
        if packet.kind == .video { pacerDelays.append((now - packet.queuedAt).nanoseconds, at: now) }
        estimator.packetSent(sent)
    }

    private mutating func receive(_ feedback: TransportFeedback, marked: [Int64], at now: Timestamp) {
        let base = nextNumber - Int64(UInt16(truncatingIfNeeded: nextNumber) &- feedback.baseSequence.rawValue)
        results.removeAll(keepingCapacity: true)
        for (offset, arrival) in feedback.arrivals.enumerated() {
            let number = base + Int64(offset)
            guard number >= 0, number < nextNumber, var record = record(number), record.fate != .arrived else {
                continue
            }
            // Told lost once is enough; that it came after all is news.
            if arrival == nil, record.fate == .lost { continue }
            record.fate = arrival == nil ? .lost : .arrived
            history[Int(number) & (Self.historySlots - 1)] = record
            let time = arrival.map { Timestamp(nanoseconds: Int64(feedback.referenceTime) * 64_000_000) + $0 }
            let isMarked = !marked.isEmpty && marked.contains(number)
            results.append(PacketResult(packet: record.sent, arrival: time, isMarked: isMarked))
        }
        clearFlight(through: base + Int64(feedback.arrivals.count) - 1)
        if !results.isEmpty { estimator.received(results, at: now) }
    }

    private mutating func clearFlight(through number: Int64) {
        while newestReported < min(number, nextNumber - 1) {
            newestReported += 1
            if let record = record(newestReported) { inFlight -= record.sent.bytes }
        }
    }

    // What is sent again takes at most what the target allows, over half a second.
    private mutating func mayRepeat(_ bytes: Int, at now: Timestamp) -> Bool {
        let allowed = Double(estimator.decision.target.bitsPerSecond) / 8
        let earned = allowed * (now - repeatsCountedAt).inSeconds
        repeatsOwed = max(repeatsOwed - earned, 0)
        repeatsCountedAt = now
        guard repeatsOwed + Double(bytes) <= max(allowed / 2, 3000) else { return false }
        repeatsOwed += Double(bytes)
        return true
    }

    private mutating func resend(_ lost: SequenceNumber, at now: Timestamp) {
        let sequence = nextSequence - Int64(UInt16(truncatingIfNeeded: nextSequence) &- lost.rawValue)
        guard sequence >= 0, var entry = media[Int(sequence) & (Self.mediaSlots - 1)],
            entry.packet.sequence == sequence
        else { return }
        // Not again while the last copy can still be under way.
        guard now - entry.lastSent > roundTrip * 3 / 4, now - entry.firstSent < Self.oldestRepeat else { return }
        guard mayRepeat(Int(entry.packet.bytes), at: now) else { return }
        entry.lastSent = now
        entry.repeats += 1
        media[Int(sequence) & (Self.mediaSlots - 1)] = entry
        var packet = entry.packet
        packet.kind = .retransmission
        // RFC 4588 section 4: the original sequence number.
        packet.bytes += 2
        packet.queuedAt = now
        for _ in 0..<(entry.repeats > 1 ? configuration.laterCopies : 1) { pacer.enqueue(packet) }
    }
}
