import RapportBase
import RapportMedia
import RapportRTP

// Frame out: packetize, pace, stamp, protect, transmit.
extension PeerSession {
    mutating func send(_ audio: EncodedAudio, on mid: MID, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard transport.isSecured, let stream = streams.audioSender(mid) else { return }
        let stamp = nextStamp(for: stream.extensions, at: now)
        let size = transport.sendRTP(into: &outputs) { stream.append(audio, stamp: stamp, at: now, to: &$0) }
        count(sent: size)
    }

    mutating func send(_ video: EncodedVideo, on mid: MID, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard transport.isSecured, let stream = streams.videoSender(mid) else { return }
        if stream.enqueue(video, into: &pacer, scratch: &scratch, at: now) { return }
        refusals.count(.frameTooLarge)
        // The frames after it refer to it.
        if stream.acceptKeyFrameRequest(at: now) { outputs.events.append(.keyFrameRequested(mid)) }
    }

    mutating func sendPaced(at now: Timestamp, into outputs: inout SessionOutputs) {
        while let paced = pacer.next(at: now, into: &scratch) {
            guard let stream = streams.videoSender(index: paced.tag.stream) else { continue }
            stamp(paced, extensions: stream.extensions, at: now)
            stream.leave(scratch.span, paced: paced, at: now)
            // Taken out while it is borrowed, and put back with its memory: no copy, no second owner.
            let packet = exchange(&scratch, with: [])
            count(sent: transport.sendRTP(packet.span, into: &outputs))
            scratch = packet
        }
        if pacer.takeKeyFrameNeed() { requestKeyFramesOfOwnEncoders(at: now, into: &outputs) }
    }

    // Under the limit that requests of the peer have, too: key frames at every overflow would keep the queue full.
    private func requestKeyFramesOfOwnEncoders(at now: Timestamp, into outputs: inout SessionOutputs) {
        for stream in streams.videoSenders where stream.acceptKeyFrameRequest(at: now) {
            outputs.events.append(.keyFrameRequested(stream.mid))
        }
    }

    private mutating func stamp(_ paced: PacedPacket, extensions: HeaderExtensionMap, at now: Timestamp) {
        guard let layout = paced.tag.layout else { return }
        let stamp = nextStamp(for: extensions, at: now)
        if let number = stamp.transportSequence { layout.stamp(transportSequenceNumber: number, in: &scratch) }
        if let time = stamp.absoluteSendTime { layout.stamp(absoluteSendTime: time, in: &scratch) }
    }

    private mutating func nextStamp(for extensions: HeaderExtensionMap, at now: Timestamp) -> PacketStamp {
        var stamp = PacketStamp()
        if extensions[.transportSequenceNumber] != nil {
            stamp.transportSequence = nextTransportSequence
            nextTransportSequence += 1
        }
        if extensions[.absoluteSendTime] != nil {
            // draft-alvestrand-rmcat-remb section 2.3: 6.18 bits of seconds, from the middle of the NTP time.
            let ntp = configuration.wallClockAtStart + (now - .zero)
            stamp.absoluteSendTime = UInt32(truncatingIfNeeded: ntp.rawValue >> 14) & 0xFF_FFFF
        }
        return stamp
    }

    mutating func count(sent size: Int?) {
        guard let size else { return refusals.count(.sendFailed) }
        transportCounters.sent(size)
    }
}
