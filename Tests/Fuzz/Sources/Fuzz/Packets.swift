import RapportBase
import RapportMedia
import RapportRTP

private let extensions = HeaderExtensionMap([
    .mid: 1, .transportSequenceNumber: 2, .absoluteSendTime: 3, .audioLevel: 4, .rid: 5, .absoluteCaptureTime: 20,
])

/// A packet, with its extensions and everything that a payload may be taken for.
func takeRTP(_ bytes: [UInt8]) {
    let packet = bytes.span
    _ = DatagramKind(packet)
    guard let header = try? RTPHeader(parsing: packet) else { return }
    _ = HeaderExtensionValues(parsing: packet, header: header, map: extensions)
    let payload = packet.extracting(header.payloadRange)
    _ = OpusPayload.duration(of: payload)
    _ = OpusPayload.hasInbandFEC(payload)
    _ = try? RTX.originalSequence(of: payload)
    guard let descriptor = try? VP8PayloadDescriptor(parsing: payload) else { return }
    _ = try? VP8FrameHeader(parsing: payload.extracting(descriptor.headerLength..<payload.count))
}

/// A compound packet; what parses is written and parsed again.
func takeRTCP(_ bytes: [UInt8]) {
    guard let packets = try? RTCP.parse(bytes.span) else { return }
    var written: [UInt8] = []
    for packet in packets { RTCP.append(packet, to: &written) }
    precondition(
        packets.isEmpty || written.isEmpty || (try? RTCP.parse(written.span)) != nil, "own RTCP does not parse")
}

/// A sequence of packets with their arrival times through the receiving side of both kinds of stream.
func takeStreams(_ bytes: [UInt8]) {
    var reader = StreamReader(bytes)
    var video = VideoFrameBuffer(), audio = AudioJitterBuffer(), nack = NACKTracker()
    var statistics = ReceiveStatistics(ssrc: SSRC(1), clockRate: 90_000), recorder = TransportFeedbackRecorder()
    var frames: [AssembledFrame] = []
    var sound: [UInt8] = []
    while let (packet, now) = reader.next() {
        guard let header = try? RTPHeader(parsing: packet.span) else { continue }
        let span = packet.span
        let payload = span.extracting(header.payloadRange)
        _ = statistics.receive(header, packetBytes: packet.count, arrival: now)
        nack.receive(header.sequenceNumber, at: now)
        recorder.receive(header.sequenceNumber, arrival: now)
        if header.marker || payload.count == 0 {
            takeVideo(header, payload, now, &video, &frames)
        } else {
            audio.insert(header, payload: payload, arrival: now)
        }
        _ = audio.pull(at: now, payload: &sound)
        video.handleTimeout(at: now, into: &frames)
        _ = nack.poll(at: now)
        _ = statistics.makeReportBlock(at: now)
        for feedback in recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: now) { check(feedback) }
        precondition(video.heldPackets <= 1024 && audio.heldPackets <= 256 && nack.missingCount <= 500, "a queue grew")
        frames.removeAll(keepingCapacity: true)
    }
}

private func takeVideo(
    _ header: RTPHeader, _ payload: Span<UInt8>, _ now: Timestamp, _ video: inout VideoFrameBuffer,
    _ frames: inout [AssembledFrame]
) {
    guard let descriptor = try? VP8PayloadDescriptor(parsing: payload) else {
        return video.insertPadding(header.sequenceNumber, arrival: now, into: &frames)
    }
    let rest = payload.extracting(descriptor.headerLength..<payload.count)
    video.insert(header, descriptor: descriptor, payload: rest, arrival: now, into: &frames)
    _ = video.takeKeyFrameRequest(at: now)
}

private func check(_ feedback: TransportFeedback) {
    var written: [UInt8] = []
    RTCP.append(.transportFeedback(feedback), to: &written)
    precondition((try? RTCP.parse(written.span)) != nil, "own transport feedback does not parse")
}

/// Cuts an input into packets: two bytes of milliseconds since the last one, one byte of length, the packet.
private struct StreamReader {
    private let bytes: [UInt8]
    private var index = 0
    private var now = Timestamp.zero

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> (packet: [UInt8], at: Timestamp)? {
        guard index + 3 <= bytes.count else { return nil }
        now += .milliseconds(Int(bytes.span.uint16(at: index)))
        let end = min(index + 3 + Int(bytes[index + 2]), bytes.count)
        defer { index = end }
        return (Array(bytes[index + 3..<end]), now)
    }
}
