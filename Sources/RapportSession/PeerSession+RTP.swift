public import RapportBase
public import RapportMedia
import RapportNegotiation
import RapportRTP
import RapportSRTP

// Datagram in: unprotect, parse, find the stream, insert; frames come out of the buffers when they are due.
extension PeerSession {
    mutating func receiveRTP(
        _ bytes: UnsafeMutableRawBufferPointer, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard let count = unprotect(bytes, isRTCP: false) else { return }
        let packet = UnsafeRawBufferPointer(rebasing: bytes[..<count]).bindMemory(to: UInt8.self).span
        guard let header = try? RTPHeader(parsing: packet) else { return refusals.count(.malformedRTP) }
        route(packet, header, at: now, into: &outputs)
    }

    /// Decrypts in place; nil when the packet was refused, which is counted.
    mutating func unprotect(_ bytes: UnsafeMutableRawBufferPointer, isRTCP: Bool) -> Int? {
        do throws(SRTPError) {
            let count = isRTCP ? try transport.unprotectRTCP(bytes) : try transport.unprotectRTP(bytes)
            if count == nil { refusals.count(.beforeHandshake) }
            return count
        } catch {
            refusals.count(Refusal(error, isRTCP: isRTCP))
            return nil
        }
    }

    private mutating func route(
        _ packet: Span<UInt8>, _ header: RTPHeader, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        let extensions = HeaderExtensionValues(parsing: packet, header: header, map: streams.receiveExtensions)
        if let number = extensions.transportSequenceNumber, streams.sendsTransportFeedback {
            streams.feedbackRecorder.receive(
                number, bytes: packet.count, sendTime: extensions.absoluteSendTime, arrival: now)
        }
        if streams.usesStreamReports {
            streams.congestionRecorder.receive(
                source: header.ssrc, header.sequenceNumber, bytes: packet.count,
                sendTime: extensions.absoluteSendTime, arrival: now)
        }
        guard let found = streams.receiver(for: header, extensions: extensions, packet: packet, at: now) else {
            if !streams.isProbe(header) { refusals.count(.unknownStream) }
            return
        }
        if found.isNew { outputs.events.append(.mediaStarted(found.mid)) }
        switch found.stream {
        case .audio(let stream):
            guard stream.takes(header.payloadType) else { return refusals.count(.unknownPayloadType) }
            stream.receive(packet, header: header, extensions: extensions, at: now)
        case .video(let stream):
            if let refusal = stream.receive(packet, header: header, at: now) { refusals.count(refusal) }
        }
    }

    /// Hands out the frames whose time has come, and asks for what is missing.
    mutating func collectFrames(at now: Timestamp, into outputs: inout SessionOutputs) {
        for stream in streams.videoReceivers {
            stream.poll(at: now) { outputs.events.append(.video(stream.mid, $0)) }
            let request = stream.takeRequests(at: now)
            if !request.lost.isEmpty {
                feedback.append(
                    .nack(GenericNACK(sender: streams.reportingSSRC, media: stream.ssrc, lost: request.lost)))
                scheduler.requestFeedback(at: now)
            }
            if request.needsKeyFrame { requestKeyFrame(of: stream, at: now) }
        }
    }

    private mutating func requestKeyFrame(of stream: VideoReceiveStream, at now: Timestamp) {
        guard feedback.requestKeyFrame(of: stream.ssrc, from: streams.reportingSSRC, at: now) else { return }
        stream.keyFrameRequests += 1
        scheduler.requestFeedback(at: now)
    }

    /// Asks the peer for a key frame: the decoder found nothing to start from.
    public mutating func requestKeyFrame(on mid: MID, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard transport.isSecured, let stream = streams.videoReceiver(mid) else { return }
        requestKeyFrame(of: stream, at: now)
        sendReports(at: now, into: &outputs)
    }

    /// What the next sound of a section is made from: the caller decodes it, and asks again as long as it has less
    /// than 10 ms at hand.
    /// - Parameters:
    ///   - report: what the caller has at hand and how it stretched time.
    ///   - payload: gets the packet to be decoded, if there is one.
    public mutating func pullAudio(
        _ mid: MID, at now: Timestamp, _ report: PlayoutReport, payload: inout [UInt8]
    ) -> AudioPull {
        guard let stream = streams.audioReceiver(mid) else { return AudioPull(.silence, samples: 480) }
        return stream.buffer.pull(at: now, report, payload: &payload)
    }

    /// What the line is taken to carry now, for all media and their headers.
    public var targetBitrate: Bitrate { rate.target }

    /// Whether each sound packet of a section now repeats the one before it. RFC 2198.
    public func repeatsSound(_ mid: MID) -> Bool { streams.audioSender(mid)?.repeats ?? false }

    /// Share of a section's sound packets that is lost by what the peer last reported, 0...1; nil before the first
    /// report.
    public func soundLost(_ mid: MID, at now: Timestamp) -> Double? {
        streams.audioSender(mid)?.loss.share(at: now)
    }
}

extension Refusal {
    init(_ error: SRTPError, isRTCP: Bool) {
        switch error {
        case .authenticationFailed: self = .authenticationFailed
        case .replayed, .tooOld: self = .replayed
        case .malformed: self = isRTCP ? .malformedRTCP : .malformedRTP
        case .tooManySources: self = .unknownStream
        case .keyExpired, .wrongKeyLength, .library: self = .cryptoFailed
        }
    }
}
