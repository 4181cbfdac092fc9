import RapportBase
import RapportRTP
import Testing

@Suite struct RTXTests {
    @Test("a retransmission is the original number and the original payload, RFC 4588 section 4")
    func payload() throws {
        var bytes: [UInt8] = [0xEE]
        let payload: [UInt8] = [1, 2, 3]
        RTX.appendPayload(original: SequenceNumber(0xFFFE), payload: payload, to: &bytes)
        #expect(bytes == [0xEE, 0xFF, 0xFE, 1, 2, 3])
        #expect(try RTX.originalSequence(of: Array(bytes[1..<6])) == SequenceNumber(0xFFFE))
    }

    @Test("a payload too short for the number is refused", arguments: 0..<2)
    func truncated(length: Int) {
        let bytes: [UInt8] = Array(repeating: 0, count: length)
        #expect(throws: RTPError.truncated(needed: 2, actual: length)) { try RTX.originalSequence(of: bytes) }
    }

    @Test("the original packet's header is found in the retransmission")
    func originalHeader() throws {
        var bytes: [UInt8] = []
        let layout = RTPPacketBuilder.append(
            marker: true, payloadType: PayloadType(masking: 97), sequenceNumber: SequenceNumber(9),
            timestamp: RTPTimestamp(3000), ssrc: SSRC(22), to: &bytes)
        RTX.appendPayload(original: SequenceNumber(7), payload: [0xAB, 0xCD], to: &bytes)
        RTPPacketBuilder.appendPadding(3, layout: layout, to: &bytes)
        let header = try RTPHeader(parsing: bytes)
        let original = try RTX.original(
            header, in: bytes, payloadType: PayloadType(masking: 96), ssrc: SSRC(11))
        #expect(original.sequenceNumber == SequenceNumber(7))
        #expect(original.payloadType.rawValue == 96)
        #expect(original.ssrc == SSRC(11))
        #expect(original.marker)
        #expect(original.timestamp == RTPTimestamp(3000))
        #expect(Array(bytes[original.payloadRange]) == [0xAB, 0xCD])
    }

    @Test("a probe of padding alone repeats nothing")
    func paddingOnly() throws {
        var bytes: [UInt8] = []
        let layout = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 97), sequenceNumber: SequenceNumber(9),
            timestamp: RTPTimestamp(3000), ssrc: SSRC(22), to: &bytes)
        RTPPacketBuilder.appendPadding(200, layout: layout, to: &bytes)
        let header = try RTPHeader(parsing: bytes)
        #expect(throws: RTPError.truncated(needed: 2, actual: 0)) {
            try RTX.original(header, in: bytes, payloadType: PayloadType(masking: 96), ssrc: SSRC(11))
        }
    }
}
