import RapportBase
import RapportRTP
import Testing

/// Every parser over bytes that somebody else chose: it may refuse, it may never stop the program, and what it
/// accepts lies within what it was given.
@Suite struct HostileInputTests {
    private static let map = HeaderExtensionTests.map

    private func parseRTP(_ bytes: [UInt8]) throws {
        let header: RTPHeader
        do { header = try RTPHeader(parsing: bytes) } catch { return }
        let all = 0..<bytes.count
        #expect(header.payloadRange.clamped(to: all) == header.payloadRange)
        #expect(header.payloadRange.upperBound + header.paddingCount == bytes.count)
        let values = HeaderExtensionValues(parsing: bytes, header: header, map: Self.map)
        for range in [values.midRange, values.ridRange, values.repairedRIDRange] {
            guard let range else { continue }
            #expect(range.clamped(to: header.extensionRange) == range)
        }
        let original = try? RTX.original(
            header, in: bytes, payloadType: PayloadType(masking: 96), ssrc: SSRC(1))
        #expect((original == nil) == (header.payloadRange.count < 2))
    }

    // What was parsed and written again is parsed to the same packets.
    private func parseRTCP(_ bytes: [UInt8]) throws {
        guard let packets = try? RTCP.parse(bytes) else { return }
        var again: [UInt8] = []
        for packet in packets { RTCP.append(packet, to: &again) }
        let known = packets.compactMap(Self.canonical)
        guard !known.isEmpty else { return }
        #expect(try RTCP.parse(again).compactMap(Self.canonical) == known)
    }

    // Entries of a NACK may overlap and lie in any order: what counts is which packets they name.
    private static func canonical(_ packet: RTCPPacket) -> RTCPPacket? {
        if case .unknown = packet { return nil }
        guard case .nack(var nack) = packet else { return packet }
        nack.lost = Set(nack.lost).sorted { $0.rawValue < $1.rawValue }
        return .nack(nack)
    }

    private func parsePayloads(_ bytes: [UInt8]) throws {
        if let descriptor = try? VP8PayloadDescriptor(parsing: bytes) {
            #expect(descriptor.headerLength <= bytes.count)
            var again: [UInt8] = []
            descriptor.append(to: &again)
            #expect(try VP8PayloadDescriptor(parsing: again) == descriptor)
        }
        if let frame = try? VP8FrameHeader(parsing: bytes) { #expect(frame.isKeyFrame == (frame.width != nil)) }
        if let samples = OpusPayload.duration(of: bytes) { #expect((120...5760).contains(samples)) }
        if OpusPayload.hasInbandFEC(bytes) { #expect(bytes[0] < 0x80) }
        _ = DatagramKind(bytes)
    }

    @Test("random bytes behind plausible beginnings are never fatal", arguments: 1...40 as ClosedRange<UInt64>)
    func randomBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            var bytes = random.bytes(Int.random(in: 0...120, using: &random))
            try parsePayloads(bytes)
            if bytes.count > 3 { shapeRTP(&bytes, &random) }
            try parseRTP(bytes)
            if bytes.count > 3 { shapeRTCP(&bytes, &random) }
            try parseRTCP(bytes)
        }
    }

    private func shapeRTP(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        bytes[0] = 0x80 | bytes[0] & 0x33
        let block = 12 + 4 * Int(bytes[0] & 0x0F)
        guard bytes.count >= block + 4 else { return }
        bytes.replace(uint16: Bool.random(using: &random) ? 0xBEDE : 0x1000, at: block)
        bytes.replace(uint16: UInt16.random(in: 0...20, using: &random), at: block + 2)
    }

    private func shapeRTCP(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let formats: [UInt8] = [0, 1, 2, 4, 11, 15]
        bytes[0] = 0x80 | bytes[0] & 0x20 | (formats.randomElement(using: &random) ?? 0)
        bytes[1] = UInt8.random(in: 200...207, using: &random)
        bytes.removeLast(bytes.count % 4)
        bytes.replace(uint16: UInt16(bytes.count / 4 - 1), at: 2)
    }

    /// A datagram with every packet this library writes.
    static let compound: [UInt8] = {
        var bytes: [UInt8] = []
        let one = SSRC(1)
        let packets: [RTCPPacket] = [
            .senderReport(
                SenderReport(
                    ssrc: one, ntp: NTPTime(rawValue: 77), rtp: RTPTimestamp(5), packets: 1, octets: 2,
                    blocks: [RTCPReportTests.block])),
            .receiverReport(ReceiverReport(ssrc: one, blocks: [RTCPReportTests.block])),
            .sourceDescription(SourceDescription(source: one, canonicalName: "someone")),
            .nack(GenericNACK(sender: one, media: one, lost: [SequenceNumber(1), SequenceNumber(40)])),
            .pli(PictureLossIndication(sender: one, media: one)),
            .fir(FullIntraRequest(sender: one, entries: [.init(source: one, sequenceNumber: 3)])),
            .remb(ReceiverEstimatedMaximumBitrate(sender: one, bitrate: .kilobits(900), sources: [one])),
            .transportFeedback(
                TransportFeedback(
                    sender: one, media: one, baseSequence: SequenceNumber(65_530), referenceTime: -4, feedbackCount: 9,
                    arrivals: [.zero, nil, .milliseconds(90), .milliseconds(1)] + Array(repeating: nil, count: 30))),
            .bye(Bye(sources: [one], reason: Array("gone".utf8))),
        ]
        for packet in packets { RTCP.append(packet, to: &bytes) }
        return bytes
    }()

    /// Where each packet of `compound` begins, and its end.
    private static let borders: [Int] = {
        var borders = [0]
        var offset = 0
        while offset < compound.count {
            offset += 4 + 4 * Int(compound.uint16(at: offset + 2))
            borders.append(offset)
        }
        return borders
    }()

    @Test("a compound datagram cut anywhere but at a packet's border is refused")
    func truncatedCompound() throws {
        let whole = try RTCP.parse(Self.compound)
        #expect(whole.count == 9)
        for length in 0..<Self.compound.count {
            let packets = try? RTCP.parse(Array(Self.compound.prefix(length)))
            let expected = Self.borders.firstIndex(of: length).map { Array(whole.prefix($0)) }
            #expect(packets == (length == 0 ? nil : expected))
        }
    }

    @Test("a packet whose body is cut at any word, with its length put right, is refused or parsed, never fatal")
    func truncatedBodies() throws {
        for (start, end) in zip(Self.borders, Self.borders.dropFirst()) {
            for cut in stride(from: start + 4, to: end, by: 4) {
                var packet = Array(Self.compound[start..<cut])
                packet.replace(uint16: UInt16(packet.count / 4 - 1), at: 2)
                try parseRTCP(packet)
            }
        }
    }

    @Test("a compound datagram with any one bit turned round is never fatal")
    func flippedBits() throws {
        for index in Self.compound.indices {
            for bit in 0..<8 {
                var bytes = Self.compound
                bytes[index] ^= 1 << UInt8(bit)
                try parseRTCP(bytes)
            }
        }
    }

    @Test("an RTP packet cut at any length or with any one bit turned round is never fatal")
    func mutatedRTP() throws {
        for length in 0...RTPHeaderTests.full.count { try parseRTP(Array(RTPHeaderTests.full.prefix(length))) }
        for index in RTPHeaderTests.full.indices {
            for bit in 0..<8 {
                var bytes = RTPHeaderTests.full
                bytes[index] ^= 1 << UInt8(bit)
                try parseRTP(bytes)
            }
        }
    }

    @Test("payloads cut at any length are never fatal", arguments: [VP8Tests.everything, VP8Tests.keyFrame])
    func truncatedPayloads(bytes: [UInt8]) throws {
        for length in 0...bytes.count { try parsePayloads(Array(bytes.prefix(length))) }
    }
}
