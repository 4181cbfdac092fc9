import RapportBase
import RapportRTP
import Testing

@Suite struct RTPPacketBuilderTests {
    @Test("the header is written byte for byte as RFC 3550 section 5.1 draws it")
    func plainHeader() {
        var bytes: [UInt8] = [0xFF]
        let layout = RTPPacketBuilder.append(
            marker: true, payloadType: PayloadType(masking: 111), sequenceNumber: SequenceNumber(0x1234),
            timestamp: RTPTimestamp(0x0102_0304), ssrc: SSRC(0xA0B0_C0D0), to: &bytes)
        #expect(bytes == [0xFF, 0x80, 0xEF, 0x12, 0x34, 1, 2, 3, 4, 0xA0, 0xB0, 0xC0, 0xD0])
        #expect(
            layout
                == RTPHeaderLayout(
                    start: 1, transportSequenceOffset: nil, absoluteSendTimeOffset: nil, payloadStart: 13))
    }

    private func build(
        _ values: HeaderExtensionValues, mid: [UInt8]? = nil, rid: [UInt8]? = nil, repairedRID: [UInt8]? = nil,
        map: HeaderExtensionMap
    ) -> (bytes: [UInt8], layout: RTPHeaderLayout) {
        var bytes: [UInt8] = []
        let layout = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 96), sequenceNumber: SequenceNumber(1),
            timestamp: RTPTimestamp(2), ssrc: SSRC(3), extensions: values, mid: mid, rid: rid, repairedRID: repairedRID,
            map: map, to: &bytes)
        return (bytes, layout)
    }

    @Test("the one-byte form is byte exact, and what is stamped later has its place")
    func oneByteForm() {
        var values = HeaderExtensionValues()
        values.transportSequenceNumber = SequenceNumber(0)
        values.absoluteSendTime = 0
        values.audioLevel = AudioLevel(voiceActivity: true, level: 5)
        let map = HeaderExtensionMap([.mid: 1, .transportSequenceNumber: 3, .absoluteSendTime: 14, .audioLevel: 2])
        var (bytes, layout) = build(values, mid: Array("v".utf8), map: map)
        layout.stamp(transportSequenceNumber: SequenceNumber(0xBEEF), in: &bytes)
        layout.stamp(absoluteSendTime: 0x12_3456, in: &bytes)
        #expect(
            bytes == [
                0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 3,
                0x31, 0xBE, 0xEF, 0xE2, 0x12, 0x34, 0x56, 0x20, 0x85, 0x10, 0x76, 0,
            ])
        #expect(layout.transportSequenceOffset == 17)
        #expect(layout.absoluteSendTimeOffset == 20)
        #expect(layout.payloadStart == 28)
    }

    @Test("an id above 14 makes the whole block two-byte")
    func twoByteForm() {
        var values = HeaderExtensionValues()
        values.audioLevel = AudioLevel(voiceActivity: false, level: 127)
        values.transportSequenceNumber = SequenceNumber(0x0102)
        let map = HeaderExtensionMap([.audioLevel: 15, .transportSequenceNumber: 1])
        let (bytes, layout) = build(values, map: map)
        #expect(bytes[12...] == [0x10, 0x00, 0, 2, 1, 2, 1, 2, 15, 1, 0x7F, 0])
        #expect(layout.transportSequenceOffset == 18)
    }

    @Test("an identifier of more than 16 bytes makes the block two-byte, one of 16 does not")
    func longIdentifier() throws {
        let map = HeaderExtensionMap([.mid: 1])
        let sixteen = build(HeaderExtensionValues(), mid: Array(repeating: 0x61, count: 16), map: map).bytes
        #expect(sixteen[12...16] == [0xBE, 0xDE, 0, 5, 0x1F])
        let seventeen = build(HeaderExtensionValues(), mid: Array(repeating: 0x61, count: 17), map: map).bytes
        #expect(seventeen[12...17] == [0x10, 0x00, 0, 5, 1, 17])
    }

    @Test("without an id or a value nothing is written, not even an empty block")
    func nothingToWrite() {
        var values = HeaderExtensionValues()
        values.audioLevel = AudioLevel(voiceActivity: false, level: 1)
        #expect(build(values, map: HeaderExtensionMap([.mid: 1])).bytes.count == 12)
        #expect(build(HeaderExtensionValues(), mid: [], map: HeaderExtensionMap([.mid: 1])).bytes.count == 12)
        let tooLong = build(
            HeaderExtensionValues(), mid: Array(repeating: 0, count: 256), map: HeaderExtensionMap([.mid: 1]))
        #expect(tooLong.bytes.count == 12)
        #expect(tooLong.bytes[0] == 0x80)
        var plain: [UInt8] = [1, 2, 3]
        let layout = RTPHeaderLayout(
            start: 0, transportSequenceOffset: nil, absoluteSendTimeOffset: nil, payloadStart: 3)
        layout.stamp(transportSequenceNumber: SequenceNumber(7), in: &plain)
        layout.stamp(absoluteSendTime: 7, in: &plain)
        #expect(plain == [1, 2, 3])
    }

    @Test(
        "padding is counted in its last byte and announced in the first of the packet", arguments: [UInt8(1), 4, 255])
    func padding(count: UInt8) throws {
        var (bytes, layout) = build(HeaderExtensionValues(), map: HeaderExtensionMap())
        bytes.append(0x77)
        RTPPacketBuilder.appendPadding(count, layout: layout, to: &bytes)
        let header = try RTPHeader(parsing: bytes)
        #expect(header.payloadRange == 12..<13)
        #expect(header.paddingCount == Int(count))
        RTPPacketBuilder.appendPadding(0, layout: layout, to: &bytes)
        #expect(bytes.count == 13 + Int(count))
    }

    @Test("what is built from random values is parsed back to them", arguments: 1...200 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let largestID: UInt8 = seed % 2 == 0 ? 14 : 255
        let ids = (1...largestID).shuffled(using: &random)
        var map = HeaderExtensionMap()
        for (name, id) in zip(HeaderExtension.allCases, ids) where Bool.random(using: &random) { map[name] = id }
        var values = Self.randomValues(map, &random)
        let longest = seed % 3 == 0 ? 40 : 16
        let mid = random.bytes(Int.random(in: 1...longest, using: &random))
        let rid = random.bytes(Int.random(in: 1...longest, using: &random))
        let (bytes, layout) = build(values, mid: mid, rid: rid, map: map)
        let header = try RTPHeader(parsing: bytes)
        #expect(header.payloadRange == layout.payloadStart..<layout.payloadStart)
        let parsed = HeaderExtensionValues(parsing: bytes, header: header, map: map)
        #expect(parsed.midRange.map { Array(bytes[$0]) } == (map[.mid] == nil ? nil : mid))
        #expect(parsed.ridRange.map { Array(bytes[$0]) } == (map[.rid] == nil ? nil : rid))
        values.midRange = parsed.midRange
        values.ridRange = parsed.ridRange
        #expect(parsed == values)
    }

    private static func randomValues(
        _ map: HeaderExtensionMap, _ random: inout SeededGenerator
    ) -> HeaderExtensionValues {
        var values = HeaderExtensionValues()
        func has(_ name: HeaderExtension) -> Bool { map[name] != nil && Bool.random(using: &random) }
        if has(.transportSequenceNumber) {
            values.transportSequenceNumber = SequenceNumber(UInt16(truncatingIfNeeded: random.next()))
        }
        if has(.absoluteSendTime) { values.absoluteSendTime = random.ssrc() & 0xFF_FFFF }
        if has(.audioLevel) { values.audioLevel = AudioLevel(wire: random.bytes(1)[0]) }
        if has(.absoluteCaptureTime) {
            values.absoluteCaptureTime = NTPTime(rawValue: random.next())
            if has(.absoluteCaptureTime) { values.captureClockOffset = Int64(bitPattern: random.next()) }
        }
        if has(.playoutDelay) { values.playoutDelay = PlayoutDelay(wire: random.ssrc() & 0xFF_FFFF) }
        if has(.videoOrientation) { values.videoOrientation = VideoOrientation(wire: random.bytes(1)[0] & 0x0F) }
        return values
    }

    @Test("an arena with room is written in place")
    func keepsItsStorage() {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        let before = bytes.withUnsafeBufferPointer { $0.baseAddress }
        let map = HeaderExtensionMap([.mid: 1, .transportSequenceNumber: 3])
        var values = HeaderExtensionValues()
        values.transportSequenceNumber = SequenceNumber(65_535)
        for index in 0..<100 {
            _ = RTPPacketBuilder.append(
                marker: false, payloadType: PayloadType(masking: 96), sequenceNumber: SequenceNumber(65_500) + index,
                timestamp: RTPTimestamp(0), ssrc: SSRC(9), extensions: values, mid: [0x30], map: map, to: &bytes)
        }
        #expect(bytes.count == 100 * 24)
        #expect(bytes.withUnsafeBufferPointer { $0.baseAddress } == before)
        #expect(bytes.uint16(at: 24 * 36 + 2) == 0)
    }
}
