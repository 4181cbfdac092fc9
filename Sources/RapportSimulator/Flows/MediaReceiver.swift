import RapportBase
import RapportMedia
import RapportRTP

/// The receiving end of a flow: feedback, requests for what is missing, and when pictures are complete.
struct MediaReceiver {
    /// The receiver's clock has nothing to do with the sender's.
    private static let clockOffset: Duration = .seconds(86_413)
    private static let slots = 4096
    private static let frameSlots = 1024
    // A picture that comes this much later than its turn has been missed by the person who watches.
    static let freeze: Duration = .milliseconds(200)
    // As in `VideoFrameBuffer.Configuration`: how long a gap is waited for, and the time between two requests.
    private static let longestGap: Duration = .seconds(1)
    private static let requestInterval: Duration = .milliseconds(500)

    private struct Frame {
        var number: Int32 = -1
        var missing: Int32 = 0
        var isKey = false
        var followsPause = false
        var interval: Int64 = 0
    }

    private(set) var totals = ReceiverTotals()
    /// Moments at which a freeze ended, and how long it lasted.
    private(set) var freezes = DelayLog()
    private var recorder: TransportFeedbackRecorder
    private var tracker = NACKTracker()
    private var seen: [Int64] = Array(repeating: -1, count: MediaReceiver.slots)
    private var frames: [Frame] = Array(repeating: Frame(), count: MediaReceiver.frameSlots)
    private var nextFrame: Int32 = 0
    private var shownAt: Timestamp?
    private var newestSequence: Int64 = -1
    /// Since when there are packets behind one that is missing.
    private var gapSince: Timestamp?
    private var frameInterval: Duration = .zero
    private var newest: (number: Int64, at: Timestamp)?
    private var nextMessage: Int64 = 0
    private var keyFrameAskedAt: Timestamp?
    private var wantsKeyFrame = false
    /// Packets that came with a mark since the last feedback.
    private var marked: [Int64] = []

    init(_ configuration: MediaFlowConfiguration) {
        var settings = TransportFeedbackRecorder.Configuration()
        if let interval = configuration.feedbackInterval {
            settings.minimumInterval = interval
            settings.maximumInterval = interval
            settings.startInterval = interval
            settings.soonest = interval
        }
        settings.overlap = configuration.feedbackOverlap
        recorder = TransportFeedbackRecorder(settings)
    }

    var deadline: Timestamp? {
        var time = min(recorder.deadline ?? .seconds(1 << 32), tracker.deadline ?? .seconds(1 << 32))
        if wantsKeyFrame, let asked = keyFrameAskedAt { time = min(time, local(asked) + Self.requestInterval) }
        if let gapSince, !wantsKeyFrame { time = min(time, local(gapSince) + Self.longestGap) }
        guard time < .seconds(1 << 32) else { return nil }
        return time - Self.clockOffset
    }

    mutating func update(roundTrip: Duration) { tracker.update(roundTrip: roundTrip) }

    mutating func receive(_ record: SentRecord, isMarked: Bool, at now: Timestamp) {
        let sent = record.sent
        if isMarked {
            totals.marked += 1
            marked.append(sent.number)
        }
        totals.bytes += sent.bytes
        totals.packets += 1
        if sent.number > newest?.number ?? -1 { newest = (sent.number, now) }
        recorder.receive(
            SequenceNumber(UInt16(truncatingIfNeeded: sent.number)), bytes: sent.bytes,
            sendTime: Self.wire(sent.sentAt),
            arrival: local(now))
        switch sent.kind {
        case .audio:
            totals.mediaBytes += sent.bytes
            totals.payloadBytes += Int(record.media.payload)
        case .padding: break
        case .video, .retransmission: receiveVideo(record.media, at: now)
        }
    }

    /// What is to be told to the sender now; nil for nothing.
    mutating func handleTimeout(at now: Timestamp) -> ControlMessage? {
        var message = ControlMessage(number: nextMessage)
        let local = local(now)
        if let due = recorder.deadline, due <= local {
            message.feedback = recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: local).map(Self.onWire)
            message.newest = newest?.number
            message.marked = marked
            marked.removeAll()
            message.held = now - (newest?.at ?? now)
        }
        if let due = tracker.deadline, due <= local {
            let request = tracker.poll(at: local)
            message.lost = request.lost
            if request.needsKeyFrame { wantsKeyFrame = true }
        }
        if let gapSince, !wantsKeyFrame, now - gapSince >= Self.longestGap { giveUp() }
        message.needsKeyFrame = asksForKeyFrame(at: now)
        guard !message.feedback.isEmpty || !message.lost.isEmpty || message.needsKeyFrame else { return nil }
        nextMessage += 1
        return message
    }

    // abs-send-time: 24 bits of seconds in 6.18.
    private static func wire(_ time: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: (time.nanoseconds % 64_000_000_000) * 262_144 / 1_000_000_000) & 0xFF_FFFF
    }

    private func local(_ time: Timestamp) -> Timestamp { time + Self.clockOffset }

    // No retransmission will come any more: the next key frame goes on.
    private mutating func giveUp() {
        wantsKeyFrame = true
        tracker.forget(before: SequenceNumber(UInt16(truncatingIfNeeded: newestSequence + 1)))
    }

    private mutating func asksForKeyFrame(at now: Timestamp) -> Bool {
        guard wantsKeyFrame else { return false }
        if let asked = keyFrameAskedAt, now - asked < Self.requestInterval { return false }
        keyFrameAskedAt = now
        return true
    }

    // draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.5: times are told in ticks of 250 µs.
    private static func onWire(_ feedback: TransportFeedback) -> TransportFeedback {
        var feedback = feedback
        feedback.arrivals = feedback.arrivals.map { arrival in
            arrival.map { .nanoseconds(($0.nanoseconds + 125_000) / 250_000 * 250_000) }
        }
        return feedback
    }
}

extension MediaReceiver {
    private mutating func receiveVideo(_ packet: MediaPacket, at now: Timestamp) {
        let slot = Int(packet.sequence) & (Self.slots - 1)
        guard seen[slot] < packet.sequence else { return }
        seen[slot] = packet.sequence
        totals.mediaBytes += Int(packet.bytes)
        totals.payloadBytes += Int(packet.payload)
        let sequence = SequenceNumber(UInt16(truncatingIfNeeded: packet.sequence))
        newestSequence = max(newestSequence, packet.sequence)
        tracker.receive(sequence, isRetransmission: packet.kind == .retransmission, at: local(now))
        guard packet.frame >= nextFrame else { return }
        if tracker.missingCount > 0 { gapSince = gapSince ?? now } else { gapSince = nil }
        let place = Int(packet.frame) & (Self.frameSlots - 1)
        if frames[place].number != packet.frame {
            frames[place] = Frame(
                number: packet.frame, missing: packet.framePackets, isKey: packet.isKey,
                followsPause: packet.followsPause, interval: packet.frameInterval)
        }
        frames[place].missing -= 1
        guard frames[place].missing == 0 else { return }
        if packet.isKey, packet.frame > nextFrame {
            nextFrame = packet.frame
            // What is missing before a key frame is of no use.
            tracker.forget(before: sequence - Int(packet.framePackets) + 1)
        }
        showFrames(at: now)
    }

    private mutating func showFrames(at now: Timestamp) {
        while true {
            let frame = frames[Int(nextFrame) & (Self.frameSlots - 1)]
            guard frame.number == nextFrame, frame.missing == 0 else { return }
            if frame.isKey { (wantsKeyFrame, keyFrameAskedAt) = (false, nil) }
            gapSince = tracker.missingCount > 0 ? now : nil
            if let shownAt, !frame.followsPause, now - shownAt > frameInterval + Self.freeze {
                freezes.append((now - shownAt).nanoseconds, at: now)
                totals.frozen += (now - shownAt).nanoseconds
            }
            shownAt = now
            frameInterval = .nanoseconds(frame.interval)
            totals.frames += 1
            nextFrame += 1
        }
    }
}
