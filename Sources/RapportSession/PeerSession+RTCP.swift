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
            rate.update(receiverLimit: limit.bitrate, at: now)
        case .transportFeedback(let feedback): rate.receive(feedback, at: now)
        case .congestionControlFeedback(let feedback): rate.receive(feedback, at: now)
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
        answerLoss(blocks, at: now, into: &outputs)
        if let smoothed = roundTrip.smoothed {
            streams.update(roundTrip: smoothed)
            rate.update(roundTrip: smoothed, at: now)
        }
        if let worstLoss { rate.update(fractionLost: worstLoss, at: now) }
    }

    private mutating func answerLoss(
        _ blocks: [ReportBlock], at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        for block in blocks {
            guard let stream = streams.videoSender(ssrc: block.ssrc) else { continue }
            let loss = Double(block.fractionLost) / 256
            let pathLoss = rate.pathLoss(of: loss)
            for sound in streams.audioSenders { sound.receive(pathLoss: pathLoss, at: now) }
            guard let layers = stream.chooseLayers(fractionLost: loss, pathLoss: pathLoss, at: now) else { continue }
            outputs.events.append(.temporalLayers(stream.mid, layers))
        }
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
        guard transport.isSecured else { return }
        collectTransportFeedback(at: now)
        guard let due = scheduler.take(at: now, using: &random) else { return }
        let messages = feedback.take()
        guard due == .regular || !messages.isEmpty else { return }
        updateLipSync(at: now)
        let isReduced = due == .feedback && streams.usesReducedSize
        var reports = isReduced ? [] : streams.makeReports(at: now)
        if !reports.isEmpty { reports.append(.sourceDescription(describeSources(of: reports))) }
        send(reports, feedback: messages, into: &outputs)
    }

    /// The canonical name for each source that the reports are from. RFC 3550 section 6.1.
    func describeSources(of reports: [RTCPPacket]) -> SourceDescription {
        let name = SourceDescription.Item(
            type: SourceDescription.Item.cname, value: Array(configuration.canonicalName.utf8))
        return SourceDescription(chunks: reports.compactMap(\.reportingSource).map { .init(source: $0, items: [name]) })
    }

    // As many datagrams as the feedback needs, each within the limit; the reports go with the first one.
    private mutating func send(
        _ reports: [RTCPPacket], feedback messages: [RTCPPacket], into outputs: inout SessionOutputs
    ) {
        let limit = configuration.maximumDatagram - SRTPProfile.aeadAES128GCM.rtcpOverhead
        var (head, rest, mayWait) = (reports, messages[...], !reports.isEmpty)
        repeat {
            let size = transport.sendRTCP(into: &outputs) { bytes in
                let end = bytes.count + limit
                for packet in head { RTCP.append(packet, to: &bytes) }
                Self.append(&rest, before: end, mayWait: mayWait, to: &bytes)
            }
            count(sent: size)
            if let size { pacer.passed(reports: size + SendRateControl.lowerHeaders) }
            (head, mayWait) = (streams.usesReducedSize ? [] : emptyReport, false)
        } while !rest.isEmpty
    }

    /// Appends messages while they end before `end`; one in any case unless it may wait for the next datagram.
    private static func append(
        _ messages: inout ArraySlice<RTCPPacket>, before end: Int, mayWait: Bool, to bytes: inout [UInt8]
    ) {
        var mayWait = mayWait
        while let next = messages.first {
            let start = bytes.count
            RTCP.append(next, to: &bytes)
            if bytes.count > end, mayWait { return bytes.removeLast(bytes.count - start) }
            messages.removeFirst()
            mayWait = true
        }
    }

    // RFC 3550 section 6.1: without RFC 5506 a compound packet begins with a report and has a name.
    private var emptyReport: [RTCPPacket] {
        let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: streams.reportingSSRC))
        return [report, .sourceDescription(describeSources(of: [report]))]
    }

    private mutating func collectTransportFeedback(at now: Timestamp) {
        if streams.usesStreamReports { return collectCongestionFeedback(at: now) }
        guard let deadline = streams.feedbackRecorder.deadline, deadline <= now else { return }
        let messages = streams.feedbackRecorder.makeFeedback(
            sender: streams.reportingSSRC, media: streams.anyRemoteSSRC, at: now)
        for message in messages { feedback.append(.transportFeedback(message)) }
        if !messages.isEmpty { scheduler.requestFeedback(at: now) }
    }

    private mutating func collectCongestionFeedback(at now: Timestamp) {
        guard let deadline = streams.congestionRecorder.deadline, deadline <= now else { return }
        let messages = streams.congestionRecorder.makeFeedback(
            sender: streams.reportingSSRC, clock: configuration.wallClockAtStart + (now - .zero), at: now)
        for message in messages { feedback.append(.congestionControlFeedback(message)) }
        if !messages.isEmpty { scheduler.requestFeedback(at: now) }
    }

    private mutating func updateLipSync(at now: Timestamp) {
        guard let audio = streams.audioReceivers.first, let video = streams.videoReceivers.first,
            let heard = audio.buffer.playoutPoint, let seen = video.lastReleased
        else { return }
        lipSync.update(audio: heard, video: seen, at: now)
        audio.buffer.syncDelay = lipSync.audioDelay
        video.playout.syncDelay = lipSync.videoDelay
    }

    mutating func sendBye(into outputs: inout SessionOutputs) {
        guard transport.isSecured else { return }
        let sources = streams.sendingSSRCs
        let farewell = emptyReport + [.bye(Bye(sources: sources.isEmpty ? [streams.reportingSSRC] : sources))]
        let size = transport.sendRTCP(into: &outputs) { bytes in
            for packet in farewell { RTCP.append(packet, to: &bytes) }
        }
        count(sent: size)
    }
}

extension RTCPPacket {
    /// The source that a report is from.
    fileprivate var reportingSource: SSRC? {
        switch self {
        case .senderReport(let report): report.ssrc
        case .receiverReport(let report): report.ssrc
        case .sourceDescription, .bye, .nack, .transportFeedback, .congestionControlFeedback, .pli, .fir, .remb,
            .unknown:
            nil
        }
    }
}
