import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// Pictures coming in on one SSRC, with their retransmissions: assembled, put in decode order, released when due.
final class VideoReceiveStream {
    /// Frames that wait for their time to be decoded; at 30 pictures a second this is more than the longest delay.
    static let maximumWaiting = 120

    let mid: MID
    let ssrc: SSRC
    private(set) var payloadType: PayloadType
    private(set) var retransmissionPayloadType: PayloadType?
    var retransmissionSSRC: SSRC?
    var repairSSRC: SSRC?
    private var repairPayloadType: PayloadType?
    private var extensions: HeaderExtensionMap
    /// From the first repair packet on: before it nothing needs to be kept.
    private var repair: RepairDecoder?
    private var plain: [UInt8] = []
    var statistics: ReceiveStatistics
    var playout = VideoPlayout()
    var remote = RemoteSenderReports()
    var keyFrameRequests = 0
    private(set) var retransmissionsReceived = 0
    private(set) var nacksSent = 0
    private(set) var delays = VideoDelayCounters()
    private(set) var lastReleased: PlayoutPoint?
    private var buffer: VideoFrameBuffer
    /// Missing packets may be asked for. RFC 4585 section 4.2.
    private let usesNACK: Bool
    private var tracker = NACKTracker()
    private var assembled: [AssembledFrame] = []
    private var waiting: [WaitingFrame] = []

    private struct WaitingFrame {
        var frame: EncodedVideo
        var arrival: Timestamp
        var render: Timestamp
    }

    init(_ media: NegotiatedMedia, codec: NegotiatedCodec, ssrc: SSRC) {
        mid = media.mid
        self.ssrc = ssrc
        payloadType = codec.payloadType
        retransmissionPayloadType = codec.retransmissionPayloadType
        retransmissionSSRC = media.remoteRetransmissionSSRC
        repairPayloadType = media.repair?.receivePayloadType
        repairSSRC = media.repair?.remoteSSRC
        extensions = media.extensions
        statistics = ReceiveStatistics(ssrc: ssrc, clockRate: 90_000)
        usesNACK = media.feedback.contains(.nack)
        var configuration = VideoFrameBuffer.Configuration()
        // What cannot be asked for is at most out of order.
        if !usesNACK { configuration.maximumWait = .milliseconds(100) }
        buffer = VideoFrameBuffer(configuration)
    }

    var bufferCounters: VideoFrameBuffer.Counters { buffer.counters }
    var trackerCounters: NACKTracker.Counters { tracker.counters }

    /// Takes the numbers of a new negotiation, unless those in use are still among them.
    func update(_ media: NegotiatedMedia) {
        repairPayloadType = media.repair?.receivePayloadType
        extensions = media.extensions
        if media.receiveCodecs.contains(where: { $0.payloadType == payloadType }) { return }
        guard let codec = media.receiveCodecs.first else { return }
        payloadType = codec.payloadType
        retransmissionPayloadType = codec.retransmissionPayloadType
    }

    func update(roundTrip: Duration) { tracker.update(roundTrip: roundTrip) }

    /// Takes a packet of the stream or a retransmission; the reason when it was refused.
    func receive(_ packet: Span<UInt8>, header: RTPHeader, at now: Timestamp) -> Refusal? {
        if header.payloadType == payloadType {
            guard statistics.receive(header, packetBytes: packet.count, arrival: now) else { return nil }
            let refusal = insert(packet, header, .original, at: now)
            if repair != nil { remember(packet, header, at: now) }
            return refusal
        }
        if header.payloadType == repairPayloadType { return receiveRepair(packet, header, at: now) }
        guard header.payloadType == retransmissionPayloadType else { return .unknownPayloadType }
        // Chromium probes for bandwidth with RTX packets of padding alone.
        guard header.payloadRange.count > RTX.headerLength else { return nil }
        guard let original = try? RTX.original(header, in: packet, payloadType: payloadType, ssrc: ssrc) else {
            return .malformedPayload
        }
        retransmissionsReceived += 1
        return insert(packet, original, .retransmission, at: now)
    }

    // MARK: Repair

    var repairCounters: RepairDecoder.Counters { repair?.counters ?? RepairDecoder.Counters() }

    private func receiveRepair(_ packet: Span<UInt8>, _ header: RTPHeader, at now: Timestamp) -> Refusal? {
        if repair == nil { repair = RepairDecoder(source: ssrc) }
        do throws(RTPError) {
            try repair?.insertRepair(packet.extracting(header.payloadRange))
        } catch {
            return .malformedPayload
        }
        return insertRestored(at: now)
    }

    // As it was when its repair packets were made.
    private func remember(_ packet: Span<UInt8>, _ header: RTPHeader, at now: Timestamp) {
        plain.removeAll(keepingCapacity: true)
        plain.append(packet, 0..<packet.count)
        HeaderExtensionValues.clearStamps(in: &plain, header: header, map: extensions)
        repair?.insert(header.sequenceNumber, plain.span)
        _ = insertRestored(at: now)
    }

    // What comes back is what the peer protected: it authenticated every part of it. It goes the way of all packets.
    private func insertRestored(at now: Timestamp) -> Refusal? {
        var refusal: Refusal?
        while let restored = repair?.takeRestored() {
            guard let header = try? RTPHeader(parsing: restored.packet.span), header.payloadType == payloadType else {
                refusal = .malformedPayload
                continue
            }
            refusal = insert(restored.packet.span, header, .repair, at: now) ?? refusal
        }
        return refusal
    }

    private enum Origin {
        case original, retransmission, repair
    }

    private func insert(
        _ packet: Span<UInt8>, _ header: RTPHeader, _ origin: Origin, at now: Timestamp
    ) -> Refusal? {
        if usesNACK {
            tracker.receive(
                header.sequenceNumber, isRetransmission: origin == .retransmission, isRepair: origin == .repair, at: now
            )
        }
        let payload = packet.extracting(header.payloadRange)
        if payload.count == 0 {
            buffer.insertPadding(header.sequenceNumber, arrival: now, into: &assembled)
        } else {
            guard let descriptor = try? VP8PayloadDescriptor(parsing: payload) else { return .malformedPayload }
            buffer.insert(
                header, descriptor: descriptor,
                payload: payload.extracting(min(descriptor.headerLength, payload.count)..<payload.count), arrival: now,
                isRetransmission: origin != .original, into: &assembled)
        }
        schedule()
        return nil
    }

    // Each assembled frame gets the time at which it shall be decoded and shown.
    private func schedule() {
        for frame in assembled {
            tracker.forget(before: frame.firstSequence)
            let render = playout.receive(
                frame.video.rtpTimestamp, completed: frame.video.time, wasRetransmitted: frame.wasRetransmitted)
            waiting.append(WaitingFrame(frame: frame.video, arrival: frame.video.time, render: render))
        }
        assembled.removeAll(keepingCapacity: true)
    }

    /// When `poll` or `takeRequests` has something to do.
    var deadline: Timestamp? {
        // Without an array: this is asked after every packet.
        var next = waiting.first?.render
        if let other = buffer.deadline { next = next.map { min($0, other) } ?? other }
        if let other = tracker.deadline { next = next.map { min($0, other) } ?? other }
        return next
    }

    /// Hands out the frames whose time has come.
    func poll(at now: Timestamp, release: (EncodedVideo) -> Void) {
        if let deadline = buffer.deadline, deadline <= now {
            buffer.handleTimeout(at: now, into: &assembled)
            schedule()
        }
        while let first = waiting.first, first.render <= now || waiting.count > Self.maximumWaiting {
            delays.count(first.render - first.arrival, target: playout.targetDelay)
            lastReleased = PlayoutPoint(rtpTimestamp: first.frame.rtpTimestamp, time: first.render)
            var frame = waiting.removeFirst().frame
            frame.time = first.render
            release(frame)
        }
    }

    /// What has to be asked for now: packets, or a key frame.
    func takeRequests(at now: Timestamp) -> NACKRequest {
        var request = NACKRequest()
        if let deadline = tracker.deadline, deadline <= now { request = tracker.poll(at: now) }
        if request.needsKeyFrame { buffer.requireKeyFrame() }
        request.needsKeyFrame = buffer.takeKeyFrameRequest(at: now)
        if !request.lost.isEmpty { nacksSent += 1 }
        return request
    }
}

/// How long frames waited, for jitterBufferDelay and its companions of webrtc-stats.
public struct VideoDelayCounters: Sendable, Equatable {
    public private(set) var emitted = 0
    public private(set) var delay = Duration.zero
    public private(set) var target = Duration.zero

    mutating func count(_ waited: Duration, target wanted: Duration) {
        emitted += 1
        delay += waited
        target += wanted
    }
}
