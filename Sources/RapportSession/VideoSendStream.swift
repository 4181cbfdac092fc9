import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// Pictures going out on one SSRC, and their retransmissions on another.
///
/// `enqueue` cuts a frame into packets that wait in the pacer; `leave` is called for each when it is sent and keeps
/// a copy, from which `retransmit` answers a NACK.
final class VideoSendStream {
    let mid: MID
    let ssrc: SSRC
    private(set) var payloadType: PayloadType
    private(set) var extensions: HeaderExtensionMap
    private(set) var retransmissionSSRC: SSRC?
    private(set) var retransmissionPayloadType: PayloadType?
    /// Number of this stream in the session, never used again, which the pacer carries with each packet.
    let index: Int
    var counters = SendCounters()
    private(set) var report: SenderReportBuilder
    var remote = RemoteReceiverReports()
    private var history = RetransmissionHistory(maximumWait: PeerSession.pacing.maximumQueueTime)
    private let midBytes: [UInt8]
    private let maximumPacket: Int
    private var nextSequence: SequenceNumber
    private var nextRetransmission: SequenceNumber
    private var nextPictureID: UInt16
    /// TL0PICIDX of the last picture of the lower layer. RFC 7741 section 4.2.
    private var lowerLayerIndex: UInt8
    private(set) var layers = TemporalLayerChoice()
    private var roundTrip: Duration?
    private let repair: RepairSender?
    // A second of frames: retransmissions come in bursts, and a picture more or less small is not seen.
    private var repeats = ExtraShare(frames: 30)
    private let timestampOffset: UInt32
    private var lastKeyFrameRequest: Timestamp?
    private var lastFIR: UInt8?
    /// Media and session time of the newest frame, for the sender report.
    private var captured: (timestamp: RTPTimestamp, time: Timestamp)?

    /// - Parameters:
    ///   - maximumPacket: largest plaintext packet in bytes.
    ///   - repair: how much of what is lost shall be repaired; nil never sends repair packets.
    init(
        _ media: NegotiatedMedia, index: Int, maximumPacket: Int, repair tuning: RepairChoice.Tuning?,
        wallClockAtStart: NTPTime, using random: inout any RandomNumberGenerator
    ) {
        mid = media.mid
        ssrc = media.sendSSRC
        payloadType = media.sendCodec.payloadType
        extensions = media.extensions
        retransmissionPayloadType = media.sendCodec.retransmissionPayloadType
        retransmissionSSRC = media.sendCodec.retransmissionPayloadType == nil ? nil : media.sendRetransmissionSSRC
        self.index = index
        self.maximumPacket = maximumPacket
        report = SenderReportBuilder(ssrc: media.sendSSRC, clockRate: 90_000, wallClockAtStart: wallClockAtStart)
        midBytes = Array(media.mid.rawValue.utf8)
        nextSequence = SequenceNumber(UInt16.random(in: 0...0x7FFF, using: &random))
        nextRetransmission = SequenceNumber(UInt16.random(in: 0...0x7FFF, using: &random))
        nextPictureID = UInt16.random(in: 0...0x7FFF, using: &random)
        lowerLayerIndex = UInt8.random(in: 0...UInt8.max, using: &random)
        timestampOffset = UInt32.random(in: 0...UInt32.max, using: &random)
        repair = tuning.map { RepairSender(media, $0, using: &random) }
    }

    func update(roundTrip: Duration) {
        history.update(roundTrip: roundTrip)
        self.roundTrip = roundTrip
    }

    /// Takes what a report said of this stream; the number of temporal layers to encode when that changed.
    /// - Parameter pathLoss: what of it may be the path's own.
    func chooseLayers(fractionLost: Double, pathLoss: Double, at now: Timestamp) -> Int? {
        repair?.update(fractionLost: pathLoss, roundTrip: roundTrip, at: now)
        return layers.update(fractionLost: fractionLost, roundTrip: roundTrip, at: now) ? layers.layers : nil
    }

    /// Share of what this stream sends that is repair packets or retransmissions.
    var extraShare: Double { min((repair?.share ?? 0) + repeats.share, 0.9) }

    /// Takes the numbers of a new negotiation; sequence numbers, timestamps and what was sent go on.
    func update(_ media: NegotiatedMedia) {
        payloadType = media.sendCodec.payloadType
        extensions = media.extensions
        retransmissionPayloadType = media.sendCodec.retransmissionPayloadType
        retransmissionSSRC = media.sendCodec.retransmissionPayloadType == nil ? nil : media.sendRetransmissionSSRC
        repair?.update(media)
    }

    /// Packets of one frame at most: half the pacer's queue, so that a frame is sent whole or not at all.
    static let maximumPackets = 512

    /// Cuts a frame into packets and queues them. `scratch` is the session's and saves an allocation a packet.
    /// - Parameter rate: what may be sent, for the choice of repair packets.
    /// - Returns: false when the frame is too large to be sent.
    func enqueue(
        _ frame: EncodedVideo, rate: Bitrate, into pacer: inout Pacer, scratch: inout [UInt8], at now: Timestamp
    ) -> Bool {
        let timestamp = RTPTimestamp(frame.rtpTimestamp.rawValue &+ timestampOffset)
        let parts = VP8Packetizer.split(frameBytes: frame.bytes.count, maxPayload: room)
        guard parts.count <= Self.maximumPackets else { return false }
        // What has to wait here anyway gets no company.
        let mayRepair = pacer.queueTime(at: now) <= Self.longestWait
        repair?.begin(frame, packets: mayRepair ? parts.count : 0, rate: rate)
        repeats.finishFrame()
        repeats.add(frame: frame.bytes.count)
        if frame.temporalLayer == 0 { lowerLayerIndex &+= 1 }
        for (number, part) in parts.enumerated() {
            scratch.removeAll(keepingCapacity: true)
            let isLast = number == parts.count - 1
            let layout = appendHeader(marker: isLast, timestamp: timestamp, to: &scratch)
            descriptor(of: frame, isFirst: number == 0).append(to: &scratch)
            scratch.append(frame.bytes.span, part)
            pacer.enqueue(
                .video, scratch.span, tag: PacketTag(stream: index, sequenceNumber: nextSequence, layout: layout),
                at: now)
            repair?.add(nextSequence, scratch.span)
            nextSequence += 1
            enqueueRepairs(timestamp, into: &pacer, scratch: &scratch, at: now)
        }
        nextPictureID = (nextPictureID + 1) & 0x7FFF
        captured = (timestamp, frame.time)
        counters.frames += 1
        if frame.isKeyFrame { counters.keyFrames += 1 }
        return true
    }

    /// Bytes of a frame in one packet: a retransmission of it has to fit, too, and so has a repair packet.
    private var room: Int {
        let plain = maximumPacket - Self.headerRoom - midBytes.count - Self.descriptorLength
        let repeated = retransmissionSSRC == nil ? 0 : RTX.headerLength
        let repairing = repair?.isOn == true ? Self.headerRoom + midBytes.count + RepairSender.headerRoom : 0
        return plain - max(repeated, repairing)
    }

    private static let longestWait: Duration = .milliseconds(150)

    // Those of a block, when its last packet was added.
    private func enqueueRepairs(
        _ timestamp: RTPTimestamp, into pacer: inout Pacer, scratch: inout [UInt8], at now: Timestamp
    ) {
        let head = RepairPacketHead(values: Self.toBeStamped, mid: midBytes, map: extensions)
        repair?.flush(timestamp, head, scratch: &scratch) { packet, sequence, layout in
            pacer.enqueue(
                .video, packet, tag: PacketTag(stream: index, sequenceNumber: sequence, layout: layout), at: now)
        }
    }

    // Fixed header, extension header, transport sequence, absolute send time, and three bytes of padding.
    private static let headerRoom = 12 + 4 + 3 + 4 + 1 + 3
    // RFC 7741 section 4.2 with a two-byte picture id and both bytes about layers.
    private static let descriptorLength = 6

    // The layer is told of every picture, also while there is only one: a receiver that learns of layers later would
    // miss the count of those before. A picture of the upper layer depends on the last one of the lower alone: Y is set.
    private func descriptor(of frame: EncodedVideo, isFirst: Bool) -> VP8PayloadDescriptor {
        let isUpper = frame.temporalLayer > 0
        return VP8PayloadDescriptor(
            nonReference: isUpper, startOfPartition: isFirst, pictureID: nextPictureID,
            tl0PictureIndex: lowerLayerIndex, temporalID: isUpper ? 1 : 0, layerSync: isUpper)
    }

    private func appendHeader(marker: Bool, timestamp: RTPTimestamp, to bytes: inout [UInt8]) -> RTPHeaderLayout {
        RTPPacketBuilder.append(
            marker: marker, payloadType: payloadType, sequenceNumber: nextSequence, timestamp: timestamp, ssrc: ssrc,
            extensions: Self.toBeStamped, mid: midBytes, map: extensions, to: &bytes)
    }

    private static let toBeStamped: HeaderExtensionValues = {
        var values = HeaderExtensionValues()
        values.transportSequenceNumber = SequenceNumber(0)
        values.absoluteSendTime = 0
        return values
    }()

    /// Takes a stamped packet on its way out: counts it and keeps what a NACK may ask for.
    func leave(_ packet: Span<UInt8>, paced: PacedPacket, at now: Timestamp) {
        let header = paced.tag.layout?.payloadStart ?? 12
        let payload = max(packet.count - header, 0)
        counters.sendDelay += now - paced.queuedAt
        if repair?.isRepair(packet) == true {
            counters.countRepair(packet.count - header, header: header)
        } else if paced.kind == .retransmission {
            counters.countRetransmission(payload: payload, header: header)
            repeats.add(extra: payload)
            if let original = original(of: packet, header: header, paced.tag.sequenceNumber) {
                history.left(original, at: now)
            }
        } else {
            history.remember(paced.tag.sequenceNumber, packet, at: now)
            counters.countPacket(payload: payload, header: header)
            if let captured {
                report.send(timestamp: captured.timestamp, captured: captured.time, payloadBytes: payload)
            }
        }
    }

    // RFC 4588 section 4: the original's number comes first in the payload.
    private func original(of packet: Span<UInt8>, header: Int, _ own: SequenceNumber) -> SequenceNumber? {
        guard retransmissionSSRC != nil else { return own }
        guard packet.count >= header + 2 else { return nil }
        return SequenceNumber(UInt16(packet[header]) << 8 | UInt16(packet[header + 1]))
    }

    /// Queues the packets of a NACK again, on the RTX stream where one was negotiated.
    func retransmit(_ lost: [SequenceNumber], into pacer: inout Pacer, scratch: inout [UInt8], at now: Timestamp) {
        counters.nacks += 1
        for sequence in lost {
            // Asked for once more, the repeat was lost, too. A third loss is a picture that stands: two copies now cost
            // next to nothing, since few packets come this far.
            let copies = retransmissionSSRC != nil && history.attempts(of: sequence) > 0 ? 2 : 1
            guard let tag = retransmission(of: sequence, into: &scratch, at: now) else { continue }
            if !pacer.enqueue(.retransmission, scratch.span, tag: tag, at: now) { history.left(sequence, at: now) }
            guard copies > 1, let second = repeated(sequence, into: &scratch) else { continue }
            pacer.enqueue(.retransmission, scratch.span, tag: second, at: now)
        }
    }

    private func retransmission(
        of sequence: SequenceNumber, into scratch: inout [UInt8], at now: Timestamp
    ) -> PacketTag? {
        scratch.removeAll(keepingCapacity: true)
        if (roundTrip ?? .zero) > Self.tooLate, history.withPacket(sequence, Self.isNonReference) ?? false {
            return nil
        }
        return history.retransmit(sequence, at: now) { appendRetransmission(of: $0, to: &scratch) } ?? nil
    }

    /// Round trip at which a receiver has gone on without a picture of the upper layer before it could come again.
    private static let tooLate: Duration = .milliseconds(40)

    private static func isNonReference(_ packet: Span<UInt8>) -> Bool {
        guard let header = try? RTPHeader(parsing: packet) else { return false }
        let descriptor = try? VP8PayloadDescriptor(parsing: packet.extracting(header.payloadRange))
        return descriptor?.nonReference ?? false
    }

    // The copy has a number of its own, or the receiver would take it for the same packet.
    private func repeated(_ sequence: SequenceNumber, into scratch: inout [UInt8]) -> PacketTag? {
        scratch.removeAll(keepingCapacity: true)
        return history.retransmitAgain(sequence) { appendRetransmission(of: $0, to: &scratch) } ?? nil
    }

    // RFC 4588 section 4: own SSRC and sequence numbers, the original's timestamp and marker.
    private func appendRetransmission(of packet: Span<UInt8>, to bytes: inout [UInt8]) -> PacketTag? {
        guard let header = try? RTPHeader(parsing: packet) else { return nil }
        guard let ssrc = retransmissionSSRC, let payloadType = retransmissionPayloadType else {
            // The very same packet, transport sequence and all: two different packets under one SRTP index would give
            // away the authentication key of AES-GCM (RFC 7714 section 8.4).
            bytes.append(packet, 0..<packet.count)
            return PacketTag(stream: index, sequenceNumber: header.sequenceNumber)
        }
        let layout = RTPPacketBuilder.append(
            marker: header.marker, payloadType: payloadType, sequenceNumber: nextRetransmission,
            timestamp: header.timestamp, ssrc: ssrc, extensions: Self.toBeStamped, mid: midBytes, map: extensions,
            to: &bytes)
        RTX.appendPayload(
            original: header.sequenceNumber, payload: packet.extracting(header.payloadRange), to: &bytes)
        defer { nextRetransmission += 1 }
        return PacketTag(stream: index, sequenceNumber: nextRetransmission, layout: layout)
    }

    /// Padding needs a stream of its own with numbers of its own.
    var canPad: Bool { retransmissionSSRC != nil && extensions[.transportSequenceNumber] != nil }

    /// Appends a packet that only fills: a picture's packet once more, which may spare a NACK, else bare padding.
    /// - Returns: nil without a retransmission stream.
    func appendPadding(upTo limit: Int, to bytes: inout [UInt8], at now: Timestamp) -> RTPHeaderLayout? {
        guard canPad else { return nil }
        let again = history.pad(upTo: limit - Self.headerRoom - midBytes.count, at: now) {
            appendRetransmission(of: $0, to: &bytes)
        }
        let layout = (again ?? nil)?.layout ?? appendBarePadding(to: &bytes)
        counters.countPadding(bytes.count)
        return layout
    }

    private func appendBarePadding(to bytes: inout [UInt8]) -> RTPHeaderLayout? {
        guard let ssrc = retransmissionSSRC, let payloadType = retransmissionPayloadType else { return nil }
        defer { nextRetransmission += 1 }
        let layout = RTPPacketBuilder.append(
            marker: false, payloadType: payloadType, sequenceNumber: nextRetransmission,
            timestamp: captured?.timestamp ?? RTPTimestamp(timestampOffset), ssrc: ssrc, extensions: Self.toBeStamped,
            mid: midBytes, map: extensions, to: &bytes)
        RTPPacketBuilder.appendPadding(.max, layout: layout, to: &bytes)
        return layout
    }

    /// True when a PLI shall reach the encoder: at most one in 300 ms, as each costs a key frame.
    func acceptKeyFrameRequest(at now: Timestamp) -> Bool {
        if let last = lastKeyFrameRequest, now - last < .milliseconds(300) { return false }
        lastKeyFrameRequest = now
        return true
    }

    /// True for a FIR command that was not seen before. RFC 5104 section 4.3.1.1.
    func acceptFIR(_ number: UInt8) -> Bool {
        defer { lastFIR = number }
        return lastFIR != number
    }
}
