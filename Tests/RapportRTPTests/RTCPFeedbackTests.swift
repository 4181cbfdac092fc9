import RapportBase
import RapportRTP
import Testing

@Suite struct RTCPFeedbackTests {
    private func nack(_ lost: [UInt16]) -> RTCPPacket {
        .nack(GenericNACK(sender: SSRC(1), media: SSRC(2), lost: lost.map { SequenceNumber($0) }))
    }

    @Test("a NACK packs the 16 numbers behind the first into its bit mask, RFC 4585 section 6.2.1")
    func nackBytes() throws {
        let packet = nack([100, 101, 104, 116, 117])
        let bytes: [UInt8] = [
            0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 100, 0x80, 0x09, 0, 117, 0, 0,
        ]
        #expect(RTCPReportTests.serialized(packet) == bytes)
        #expect(try RTCP.parse(bytes) == [packet])
    }

    @Test("a NACK goes over the wrap of the sequence numbers")
    func nackWrap() throws {
        let packet = nack([65_530, 65_535, 0, 10, 11])
        let bytes = RTCPReportTests.serialized(packet)
        #expect(bytes.count == 20)
        #expect(try RTCP.parse(bytes) == [packet])
    }

    @Test("a NACK in no order still names every number")
    func nackUnsorted() throws {
        let bytes = RTCPReportTests.serialized(nack([20, 5, 5, 21, 30]))
        guard case .nack(let parsed) = try RTCP.parse(bytes)[0] else {
            Issue.record("not a NACK")
            return
        }
        #expect(Set(parsed.lost.map(\.rawValue)) == [5, 20, 21, 30])
    }

    @Test("an empty NACK and an empty FIR are not written")
    func emptyLists() {
        #expect(RTCPReportTests.serialized(nack([])).isEmpty)
        #expect(RTCPReportTests.serialized(.fir(FullIntraRequest(sender: SSRC(1), entries: []))).isEmpty)
    }

    @Test("a NACK too long for its length is cut at what fits")
    func hugeNACK() throws {
        let lost = (0..<70_000).map { SequenceNumber(UInt16(truncatingIfNeeded: $0 * 17)) }
        let bytes = RTCPReportTests.serialized(.nack(GenericNACK(sender: SSRC(1), media: SSRC(2), lost: lost)))
        guard case .nack(let parsed) = try RTCP.parse(bytes)[0] else {
            Issue.record("not a NACK")
            return
        }
        #expect(bytes.count == 4 * 65_536)
        #expect(parsed.lost.count == 65_533)
        #expect(parsed.lost.elementsEqual(lost.prefix(65_533)))
    }

    @Test("random sets of lost packets come back", arguments: 1...50 as ClosedRange<UInt64>)
    func nackRoundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let base = SequenceNumber(UInt16(truncatingIfNeeded: random.next()))
        let steps = Set(
            (0..<Int.random(in: 1...60, using: &random)).map { _ in Int.random(in: 0...300, using: &random) })
        let lost = steps.sorted().map { base + $0 }
        let packet = RTCPPacket.nack(GenericNACK(sender: SSRC(random.ssrc()), media: SSRC(random.ssrc()), lost: lost))
        #expect(try RTCP.parse(RTCPReportTests.serialized(packet)) == [packet])
    }

    @Test("a picture loss indication is twelve bytes, RFC 4585 section 6.3.1")
    func pli() throws {
        let packet = RTCPPacket.pli(PictureLossIndication(sender: SSRC(1), media: SSRC(0xFFFF_FFFE)))
        let bytes: [UInt8] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE]
        #expect(RTCPReportTests.serialized(packet) == bytes)
        #expect(try RTCP.parse(bytes) == [packet])
    }

    @Test("a full intra request carries its sources in entries, RFC 5104 section 4.3.1")
    func fir() throws {
        let packet = RTCPPacket.fir(
            FullIntraRequest(
                sender: SSRC(1),
                entries: [.init(source: SSRC(2), sequenceNumber: 255), .init(source: SSRC(3), sequenceNumber: 0)]))
        let bytes: [UInt8] = [
            0x84, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 255, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0,
        ]
        #expect(RTCPReportTests.serialized(packet) == bytes)
        #expect(try RTCP.parse(bytes) == [packet])
    }

    private func remb(_ bitsPerSecond: Int, _ sources: [UInt32] = [3]) -> RTCPPacket {
        .remb(
            ReceiverEstimatedMaximumBitrate(
                sender: SSRC(1), bitrate: Bitrate(bitsPerSecond: bitsPerSecond), sources: sources.map { SSRC($0) }))
    }

    @Test("an estimate is a mantissa of 18 bits and an exponent, draft-alvestrand-rmcat-remb-03 section 2.2")
    func rembBytes() throws {
        // 1,000,000 = 250,000 * 2^2: exponent 2, mantissa 0x3D090.
        let bytes: [UInt8] = [
            0x8F, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4D, 0x42, 2, 0x0B, 0xD0, 0x90,
            0, 0, 0, 3, 0, 0, 0, 4,
        ]
        #expect(RTCPReportTests.serialized(remb(1_000_000, [3, 4])) == bytes)
        #expect(try RTCP.parse(bytes) == [remb(1_000_000, [3, 4])])
    }

    @Test("rates of 18 bits are exact, larger ones rounded down, negative ones zero")
    func rembRounding() throws {
        for (written, read) in [
            (0, 0), (1, 1), (0x3FFFF, 0x3FFFF), (0x40001, 0x40000), (0x7FFFF, 0x7FFFE), (-5, 0),
            (Int.max, 0x3FFFF << 22), (1_000_000_000_000, 999_997_571_072),
        ] {
            #expect(try RTCP.parse(RTCPReportTests.serialized(remb(written))) == [remb(read)])
        }
    }

    @Test("exponents past every rate are read as the largest rate, not as an overflow", arguments: 23...63)
    func rembExponents(exponent: Int) throws {
        let high = UInt8(exponent << 2 | 3)
        let bytes: [UInt8] = [
            0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4D, 0x42, 0, high, 0xFF, 0xFF,
        ]
        #expect(try RTCP.parse(bytes) == [remb(0x3FFFF << 22, [])])
        let nothing = bytes[..<17] + [high & 0xFC, 0, 0]
        #expect(try RTCP.parse(Array(nothing)) == [remb(0, [])])
    }

    @Test("an estimate that names more sources than it holds is refused")
    func rembSources() {
        let bytes: [UInt8] = [
            0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4D, 0x42, 1, 0, 0, 1,
        ]
        #expect(throws: RTCPError.truncated(needed: 20, actual: 16)) { try RTCP.parse(bytes) }
    }
}
