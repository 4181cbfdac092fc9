import RapportBase
import RapportMedia
import RapportRTP

// RTCP in and out. RFC 3550 section 6, RFC 4585, RFC 5506.
extension PeerSession {
    mutating func receiveRTCP(
        _ bytes: UnsafeMutableRawBufferPointer, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard let count = unprotect(bytes, isRTCP: true) else { return }
        let compound = UnsafeRawBufferPointer(rebasing: bytes[..<count]).bindMemory(to: UInt8.self).span
        guard let packets = try? RTCP.parse(compound) else { return refusals.count(.malformedRTCP) }
        for packet in packets { receive(packet, at: now, into: &outputs) }
    }

    private mutating func receive(_ packet: RTCPPacket, at now: Timestamp, into outputs: inout SessionOutputs) {
        switch packet {
        case .senderReport(let report):
            streams.receive(report, lipSync: &lipSync, at: now)
            receive(report.blocks, at: now, into: &outputs)
        case .receiverReport(let report): receive(report.blocks, at: now, into: &outputs)
        case .nack(let nack): retransmit(nack, at: now)
        case .pli(let request): keyFrameRequest(for: request.media, isNew: nil, at: now, into: &outputs)
        case .fir(let request):
            for entry in request.entries {
                keyFrameRequest(for: entry.source, isNew: entry.sequenceNumber, at: now, into: &outputs)
            }
        case .remb(let limit):
            rate.update(receiverLimit: limit.bitrate)
            applyRate(into: &outputs)
        // Only who sends feedback about our own numbering would send it; the estimator that reads it comes with it.
        case .transportFeedback: transportFeedbackReceived += 1
        // Names and farewells of single sources end nothing: the session ends with DTLS or ICE.
        case .sourceDescription, .bye, .unknown: break
        }
    }

    private mutating func receive(_ blocks: [ReportBlock], at now: Timestamp, into outputs: inout SessionOutputs) {
        let wallClock = configuration.wallClockAtStart + (now - .zero)
        var worstLoss: Double?
        for block in blocks {
            guard streams.receive(block) else { continue }
            let measured = roundTrip.receive(
                lastSenderReport: block.lastSenderReport,
                delaySinceLastSenderReport: block.delaySinceLastSenderReport, now: wallClock)
            if let measured { streams.receive(roundTrip: measured, about: block.ssrc) }
            worstLoss = max(worstLoss ?? 0, Double(block.fractionLost) / 256)
        }
        if let smoothed = roundTrip.smoothed {
            streams.update(roundTrip: smoothed)
            rate.update(roundTrip: smoothed)
        }
        if let worstLoss {
            rate.update(fractionLost: worstLoss, at: now)
            applyRate(into: &outputs)
        }
    }

    private mutating func applyRate(into outputs: inout SessionOutputs) {
        let target = rate.target
        guard target != announcedRate else { return }
        announcedRate = target
        pacer.update(target: target)
        streams.feedbackRecorder.update(sendRate: target)
        outputs.events.append(.targetBitrate(target))
    }

    private mutating func retransmit(_ nack: GenericNACK, at now: Timestamp) {
        streams.videoSender(ssrc: nack.media)?.retransmit(nack.lost, into: &pacer, scratch: &scratch, at: now)
    }

    private mutating func keyFrameRequest(
        for media: SSRC, isNew number: UInt8?, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard let stream = streams.videoSender(ssrc: media) else { return }
        if let number {
            guard stream.acceptFIR(number) else { return }
            stream.counters.firs += 1
        } else {
            stream.counters.plis += 1
        }
        if stream.acceptKeyFrameRequest(at: now) { outputs.events.append(.keyFrameRequested(stream.mid)) }
    }

    // MARK: Out

    /// Sends what is due: reports, and feedback with or without them.
    mutating func sendReports(at now: Timestamp, into outputs: inout SessionOutputs) {
        collectTransportFeedback(at: now)
        guard let due = scheduler.take(at: now, using: &random) else { return }
        let messages = feedback.take()
        guard due == .regular || !messages.isEmpty else { return }
        updateLipSync(at: now)
        let reports = due == .regular || !streams.usesReducedSize ? streams.makeReports(at: now) : []
        let name = configuration.canonicalName
        let source = streams.reportingSSRC
        let size = transport.sendRTCP(into: &outputs) { bytes in
            for report in reports { RTCP.append(report, to: &bytes) }
            if !reports.isEmpty {
                RTCP.append(.sourceDescription(SourceDescription(source: source, canonicalName: name)), to: &bytes)
            }
            for message in messages { RTCP.append(message, to: &bytes) }
        }
        count(sent: size)
    }

    private mutating func collectTransportFeedback(at now: Timestamp) {
        guard let deadline = streams.feedbackRecorder.deadline, deadline <= now else { return }
        let messages = streams.feedbackRecorder.makeFeedback(
            sender: streams.reportingSSRC, media: streams.anyRemoteSSRC, at: now)
        for message in messages { feedback.append(.transportFeedback(message)) }
        if !messages.isEmpty { scheduler.requestFeedback(at: now) }
    }

    private mutating func updateLipSync(at now: Timestamp) {
        guard let audio = streams.audioReceivers.first, let video = streams.videoReceivers.first,
            let heard = audio.buffer.playoutPoint(at: now), let seen = video.lastReleased
        else { return }
        lipSync.update(audio: heard, video: seen, at: now)
        audio.buffer.syncDelay = lipSync.audioDelay
        video.playout.syncDelay = lipSync.videoDelay
    }

    mutating func sendBye(into outputs: inout SessionOutputs) {
        guard transport.isSecured else { return }
        let source = streams.reportingSSRC
        let sources = streams.sendingSSRCs
        let size = transport.sendRTCP(into: &outputs) { bytes in
            RTCP.append(.receiverReport(ReceiverReport(ssrc: source)), to: &bytes)
            RTCP.append(.bye(Bye(sources: sources.isEmpty ? [source] : sources)), to: &bytes)
        }
        count(sent: size)
    }
}
