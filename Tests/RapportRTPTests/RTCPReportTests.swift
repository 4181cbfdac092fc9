import RapportBase
import RapportRTP
import Testing

@Suite struct RTCPReportTests {
    static func serialized(_ packets: RTCPPacket...) -> [UInt8] {
        var bytes: [UInt8] = []
        for packet in packets { RTCP.append(packet, to: &bytes) }
        return bytes
    }

    static let block = ReportBlock(
        ssrc: SSRC(0x0A0B_0C0D), fractionLost: 0x40, cumulativeLost: -2, highestSequence: 0x0001_FFFF, jitter: 0x123,
        lastSenderReport: 0xB44D_B705, delaySinceLastSenderReport: 0x0005_4000)
    static let blockBytes: [UInt8] = [
        0x0A, 0x0B, 0x0C, 0x0D, 0x40, 0xFF, 0xFF, 0xFE, 0x00, 0x01, 0xFF, 0xFF, 0x00, 0x00, 0x01, 0x23,
        0xB4, 0x4D, 0xB7, 0x05, 0x00, 0x05, 0x40, 0x00,
    ]

    @Test("a sender report is as RFC 3550 section 6.4.1 draws it")
    func senderReport() throws {
        let report = SenderReport(
            ssrc: SSRC(1), ntp: NTPTime(rawValue: 0x1122_3344_5566_7788), rtp: RTPTimestamp(0x99AA_BBCC), packets: 5,
            octets: 600, blocks: [Self.block])
        let bytes: [UInt8] =
            [
                0x81, 200, 0, 12, 0, 0, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC,
                0, 0, 0, 5, 0, 0, 0x02, 0x58,
            ] + Self.blockBytes
        #expect(Self.serialized(.senderReport(report)) == bytes)
        #expect(try RTCP.parse(bytes) == [.senderReport(report)])
        // RFC 3550 section 6.4.1 takes the middle 32 bits for LSR.
        #expect(report.ntp.middle32 == 0x3344_5566)
    }

    @Test("a receiver report is as RFC 3550 section 6.4.2 draws it, with what a profile adds passed over")
    func receiverReport() throws {
        let report = ReceiverReport(ssrc: SSRC(0xFFFF_FFFF), blocks: [Self.block])
        var bytes: [UInt8] = [0x81, 201, 0, 7, 0xFF, 0xFF, 0xFF, 0xFF] + Self.blockBytes
        #expect(Self.serialized(.receiverReport(report)) == bytes)
        bytes[3] = 8
        bytes += [1, 2, 3, 4]
        #expect(try RTCP.parse(bytes) == [.receiverReport(report)])
    }

    @Test("cumulative loss is 24 bits signed: it is sign-extended when read and clamped when written")
    func cumulativeLoss() throws {
        for (written, read) in [
            (Int32.max, 0x7F_FFFF), (.min, -0x80_0000), (-1, -1), (0x7F_FFFF, 0x7F_FFFF), (0, 0),
        ] as [(Int32, Int32)] {
            var block = Self.block
            block.cumulativeLost = written
            let bytes = Self.serialized(.receiverReport(ReceiverReport(ssrc: SSRC(1), blocks: [block])))
            block.cumulativeLost = read
            #expect(try RTCP.parse(bytes) == [.receiverReport(ReceiverReport(ssrc: SSRC(1), blocks: [block]))])
        }
    }

    @Test("an empty receiver report is eight bytes")
    func emptyReport() throws {
        let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: SSRC(7)))
        #expect(Self.serialized(report) == [0x80, 201, 0, 1, 0, 0, 0, 7])
        #expect(try RTCP.parse([0x80, 201, 0, 1, 0, 0, 0, 7]) == [report])
    }

    // RFC 3550 section 6.1: when there are more than 31 sources, further RR packets follow.
    @Test("more than 31 blocks go on in receiver reports")
    func manyBlocks() throws {
        let blocks = (0..<70).map { index in
            var block = Self.block
            block.ssrc = SSRC(UInt32(index))
            return block
        }
        let ssrc = SSRC(1)
        let report = SenderReport(
            ssrc: ssrc, ntp: NTPTime(rawValue: 0), rtp: RTPTimestamp(0), packets: 0, octets: 0, blocks: blocks)
        let parsed = try RTCP.parse(Self.serialized(.senderReport(report)))
        var first = report
        first.blocks = Array(blocks[..<31])
        #expect(
            parsed == [
                .senderReport(first), .receiverReport(ReceiverReport(ssrc: ssrc, blocks: Array(blocks[31..<62]))),
                .receiverReport(ReceiverReport(ssrc: ssrc, blocks: Array(blocks[62...]))),
            ])
    }

    @Test("a source description is padded with one to four zero bytes, RFC 3550 section 6.5")
    func sourceDescription() throws {
        let expected: [String: [UInt8]] = [
            "": [0x81, 202, 0, 2, 0, 0, 0, 9, 1, 0, 0, 0],
            "a": [0x81, 202, 0, 2, 0, 0, 0, 9, 1, 1, 0x61, 0],
            "ab": [0x81, 202, 0, 3, 0, 0, 0, 9, 1, 2, 0x61, 0x62, 0, 0, 0, 0],
        ]
        for (name, bytes) in expected {
            let packet = RTCPPacket.sourceDescription(SourceDescription(source: SSRC(9), canonicalName: name))
            #expect(Self.serialized(packet) == bytes)
            #expect(try RTCP.parse(bytes) == [packet])
        }
    }

    @Test("chunks of several items keep their order and alignment behind another packet")
    func manyChunks() throws {
        let description = SourceDescription(chunks: [
            .init(source: SSRC(1), items: [.init(type: 1, value: [1, 2, 3]), .init(type: 7, value: [])]),
            .init(source: SSRC(2), items: []),
            .init(source: SSRC(3), items: [.init(type: 8, value: Array(repeating: 5, count: 255))]),
        ])
        let bytes = Self.serialized(.receiverReport(ReceiverReport(ssrc: SSRC(1))), .sourceDescription(description))
        #expect(try RTCP.parse(bytes).last == .sourceDescription(description))
        #expect(description.canonicalName(of: SSRC(1)) == "\u{1}\u{2}\u{3}")
        #expect(description.canonicalName(of: SSRC(3)) == nil)
        #expect(description.canonicalName(of: SSRC(4)) == nil)
    }

    @Test("a chunk without its final zero is refused")
    func unendedChunk() {
        let bytes: [UInt8] = [0x81, 202, 0, 2, 0, 0, 0, 9, 1, 2, 0x61, 0x62]
        #expect(throws: RTCPError.self) { try RTCP.parse(bytes) }
    }

    @Test("texts past 255 bytes are cut, and a packet never outgrows its length")
    func oversizedDescription() throws {
        let item = SourceDescription.Item(type: 2, value: Array(repeating: 1, count: 300))
        let chunk = SourceDescription.Chunk(source: SSRC(1), items: Array(repeating: item, count: 2000))
        let bytes = Self.serialized(.sourceDescription(SourceDescription(chunks: Array(repeating: chunk, count: 40))))
        let parsed = try RTCP.parse(bytes)
        #expect(parsed.count == 2)
        guard case .sourceDescription(let first) = parsed[0] else {
            Issue.record("not a source description")
            return
        }
        #expect(first.chunks.count == 31)
        #expect(first.chunks[0].items[0].value.count == 255)
    }

    @Test("a bye is as RFC 3550 section 6.6 draws it, with and without a reason")
    func bye() throws {
        let plain = RTCPPacket.bye(Bye(sources: [SSRC(1), SSRC(2)]))
        #expect(Self.serialized(plain) == [0x82, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])
        #expect(try RTCP.parse(Self.serialized(plain)) == [plain])
        let reasoned = RTCPPacket.bye(Bye(sources: [SSRC(1)], reason: Array("camera".utf8)))
        let bytes: [UInt8] = [0x81, 203, 0, 3, 0, 0, 0, 1, 6, 0x63, 0x61, 0x6D, 0x65, 0x72, 0x61, 0]
        #expect(Self.serialized(reasoned) == bytes)
        #expect(try RTCP.parse(bytes) == [reasoned])
    }

    @Test("more than 31 leaving sources go on in a second bye, the reason in the last")
    func manyByes() throws {
        let sources = (0..<33).map { SSRC(UInt32($0)) }
        let parsed = try RTCP.parse(Self.serialized(.bye(Bye(sources: sources, reason: [0x78]))))
        #expect(
            parsed == [
                .bye(Bye(sources: Array(sources[..<31]))), .bye(Bye(sources: Array(sources[31...]), reason: [0x78])),
            ])
    }

    @Test("a reason that runs over the end is refused")
    func longReason() {
        let bytes: [UInt8] = [0x80, 203, 0, 1, 4, 1, 2, 3]
        #expect(throws: RTCPError.truncated(needed: 5, actual: 4)) { try RTCP.parse(bytes) }
    }
}
