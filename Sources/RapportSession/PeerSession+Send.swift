import RapportBase
import RapportMedia
import RapportRTP

// Frame out: packetize, pace, stamp, protect, transmit.
extension PeerSession {
    mutating func send(_ audio: EncodedAudio, on mid: MID, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard transport.isSecured, let stream = streams.audioSender(mid) else { return }
        stream.plan(line: rate.target, at: now)
        let stamp = nextStamp(for: stream.extensions, at: now)
        var name: PacketName?
        let size = transport.sendRTP(into: &outputs) { bytes in
            let start = bytes.count
            stream.append(audio, stamp: stamp, at: now, to: &bytes)
            name = PacketName(of: bytes.span.extracting(start...))
        }
        count(sent: size, as: .audio, name: name, isNumbered: stamp.transportSequence != nil, at: now)
    }

    mutating func send(_ video: EncodedVideo, on mid: MID, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard transport.isSecured, let stream = streams.videoSender(mid) else { return }
        if stream.enqueue(video, rate: rate.target, into: &pacer, scratch: &scratch, at: now) { return }
        refusals.count(.frameTooLarge)
        // The frames after it refer to it.
        if stream.acceptKeyFrameRequest(at: now) { outputs.events.append(.keyFrameRequested(mid)) }
    }

    mutating func sendPaced(at now: Timestamp, into outputs: inout SessionOutputs) {
        sendQueued(at: now, into: &outputs)
        sendPadding(at: now, into: &outputs)
        tellRoom(into: &outputs)
        if pacer.takeKeyFrameNeed() { requestKeyFramesOfOwnEncoders(at: now, into: &outputs) }
    }

    /// Sends the packets that wait, as far as pace and window allow.
    mutating func sendQueued(at now: Timestamp, into outputs: inout SessionOutputs) {
        while transport.isSecured, let paced = pacer.next(at: now, into: &scratch) {
            if let urgency = paced.kind.urgency {
                sendMessage(urgency, at: now, into: &outputs)
                continue
            }
            guard let stream = streams.videoSender(index: paced.tag.stream) else { continue }
            if let layout = paced.tag.layout { stamp(layout, extensions: stream.extensions, at: now) }
            stream.leave(scratch.span, paced: paced, at: now)
            sendScratch(
                as: paced.kind == .retransmission ? .retransmission : .video, probe: paced.probe,
                isNumbered: paced.tag.layout?.isNumbered ?? false, at: now, into: &outputs)
        }
    }

    /// Protects and sends the packet under construction, and tells congestion control of it when it has a number.
    mutating func sendScratch(
        as kind: SentPacket.Kind, probe: Int?, isNumbered: Bool, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        // Taken out while it is borrowed, and put back with its memory: no copy, no second owner.
        let packet = exchange(&scratch, with: [])
        let name = PacketName(of: packet.span)
        let size = transport.sendRTP(packet.span, into: &outputs)
        scratch = packet
        count(sent: size, as: kind, probe: probe, name: name, isNumbered: isNumbered, at: now)
    }

    // Under the limit that requests of the peer have, too: key frames at every overflow would keep the queue full.
    private func requestKeyFramesOfOwnEncoders(at now: Timestamp, into outputs: inout SessionOutputs) {
        for stream in streams.videoSenders where stream.acceptKeyFrameRequest(at: now) {
            outputs.events.append(.keyFrameRequested(stream.mid))
        }
    }

    mutating func stamp(_ layout: RTPHeaderLayout, extensions: HeaderExtensionMap, at now: Timestamp) {
        let stamp = nextStamp(for: extensions, at: now)
        if let number = stamp.transportSequence { layout.stamp(transportSequenceNumber: number, in: &scratch) }
        if let time = stamp.absoluteSendTime { layout.stamp(absoluteSendTime: time, in: &scratch) }
    }

    // The number is taken when the packet was really sent.
    private func nextStamp(for extensions: HeaderExtensionMap, at now: Timestamp) -> PacketStamp {
        var stamp = PacketStamp()
        if extensions[.transportSequenceNumber] != nil { stamp.transportSequence = rate.nextNumber }
        if extensions[.absoluteSendTime] != nil {
            // draft-alvestrand-rmcat-remb section 2.3: 6.18 bits of seconds, from the middle of the NTP time.
            let ntp = configuration.wallClockAtStart + (now - .zero)
            stamp.absoluteSendTime = UInt32(truncatingIfNeeded: ntp.rawValue >> 14) & 0xFF_FFFF
        }
        return stamp
    }

    private mutating func count(
        sent size: Int?, as kind: SentPacket.Kind, probe: Int? = nil, name: PacketName?, isNumbered: Bool,
        at now: Timestamp
    ) {
        count(sent: size)
        guard let size, isNumbered || rate.takesStreamReports else { return }
        rate.sent(size, kind: kind, probe: probe, name: name, at: now)
        if kind == .audio { pacer.passed(sound: size + SendRateControl.lowerHeaders, at: now) }
        pacer.isHeld = rate.isWindowFull
    }

    mutating func count(sent size: Int?) {
        guard let size else { return refusals.count(.sendFailed) }
        transportCounters.sent(size)
    }
}

extension RTPHeaderLayout {
    /// The packet carries a transport-wide number: feedback will speak of it.
    var isNumbered: Bool { transportSequenceOffset != nil }
}
