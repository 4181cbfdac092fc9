import RapportBase
import Testing

@testable import RapportRTP

@Suite("FlexFEC, draft-ietf-payload-flexible-fec-scheme-03")
struct FlexFECTests {
    private let source = SSRC(0x1122_3344)
    /// Two packets by hand: marker, other payload type, other length.
    private let first: [UInt8] =
        [0x80, 0x60, 0x00, 0x10, 0x00, 0x00, 0x10, 0x00, 0x11, 0x22, 0x33, 0x44] + [1, 2, 3]
    private let second: [UInt8] =
        [0x90, 0xE1, 0x00, 0x11, 0x00, 0x00, 0x20, 0x01, 0x11, 0x22, 0x33, 0x44] + [0xBE, 0xDE, 0, 0, 9]

    @Test("section 4.2: the head of a repair packet, bit by bit")
    func known() throws {
        var parity = Parity()
        parity.add(first.span)
        parity.add(second.span)
        let header = FlexFECHeader(
            source: source, base: SequenceNumber(0x10), mask: 0b11, recovery: parity.recovery)
        var payload: [UInt8] = []
        header.append(to: &payload)
        payload += parity.bytes
        let expected: [UInt8] = [
            0x10, 0x81, 0x00, 0x06,  // X differs; marker and payload type 0x60 ^ 0xE1; lengths 3 ^ 5
            0x00, 0x00, 0x30, 0x01,  // timestamps
            0x01, 0x00, 0x00, 0x00,  // one source
            0x11, 0x22, 0x33, 0x44,
            0x00, 0x10, 0xE0, 0x00,  // base; k, then the first two packets
            0xBF, 0xDC, 0x03, 0x00, 0x09,
        ]
        #expect(payload == expected)
        #expect(try FlexFECHeader(parsing: payload) == header)
        #expect(header.length == 20 && Parity(header, payload) == parity)
    }

    @Test("either packet comes back from the other one", arguments: [true, false])
    func recovery(isFirstLost: Bool) throws {
        var parity = Parity()
        for packet in [first, second, isFirstLost ? second : first] { parity.add(packet.span) }
        var packet: [UInt8] = []
        try parity.restore(SequenceNumber(isFirstLost ? 0x10 : 0x11), of: source, into: &packet)
        #expect(packet == (isFirstLost ? first : second))
    }

    @Test("masks of all three lengths: where the bits are and where k is")
    func masks() throws {
        let cases: [(mask: UInt128, bytes: [UInt8])] = [
            (1, [0xC0, 0x00]), (1 << 14, [0x80, 0x01]),
            (1 << 15, [0x00, 0x00, 0xC0, 0, 0, 0]), (1 << 45 | 1, [0x40, 0x00, 0x80, 0, 0, 0x01]),
            (1 << 46, [0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0]),
            (1 << 108 | 1 << 14 | 1 << 15, [0, 1, 0x40, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]),
        ]
        for one in cases {
            let header = FlexFECHeader(source: source, base: SequenceNumber(65_535), mask: one.mask, recovery: 5)
            var bytes: [UInt8] = []
            header.append(to: &bytes)
            #expect(Array(bytes[18...]) == one.bytes)
            #expect(bytes.count == header.length)
            #expect(try FlexFECHeader(parsing: bytes) == header)
        }
    }

    @Test("a mask written longer than it has to be: the parity begins behind it", arguments: [20, 24, 32])
    func longerMask(length: Int) throws {
        var parity = Parity()
        for packet in [first, second] { parity.add(packet.span) }
        var payload: [UInt8] = []
        FlexFECHeader(source: source, base: SequenceNumber(0x10), mask: 0b11, recovery: parity.recovery)
            .append(to: &payload)
        // k is set in the last part only.
        if length > 20 {
            payload[18] = 0x60
            payload += [length == 24 ? 0x80 : 0, 0, 0, 0]
        }
        if length > 24 { payload += [0x80, 0, 0, 0, 0, 0, 0, 0] }
        #expect(payload.count == length)
        payload += parity.bytes
        let header = try FlexFECHeader(parsing: payload)
        #expect(header.mask == 0b11)
        var read = Parity(header, payload)
        #expect(read == parity)
        read.add(first.span)
        var packet: [UInt8] = []
        try read.restore(SequenceNumber(0x11), of: source, into: &packet)
        #expect(packet == second)
    }

    @Test("every truncation of a head is refused", arguments: [1, 1 << 20, 1 << 100] as [UInt128])
    func truncations(mask: UInt128) throws {
        var bytes: [UInt8] = []
        FlexFECHeader(source: source, base: SequenceNumber(1), mask: mask | 1, recovery: 7).append(to: &bytes)
        for length in 0..<bytes.count {
            let part = Array(bytes[..<length])
            #expect(throws: RTPError.self) { try FlexFECHeader(parsing: part) }
        }
        #expect(throws: Never.self) { try FlexFECHeader(parsing: bytes) }
    }

    @Test("what is not spoken here is refused by name")
    func refusals() {
        var bytes: [UInt8] = []
        FlexFECHeader(source: source, base: SequenceNumber(1), mask: 1 << 50, recovery: 7).append(to: &bytes)
        func error(_ offset: Int, _ value: UInt8) -> RTPError? {
            var changed = bytes
            changed[offset] = value
            do throws(RTPError) {
                _ = try FlexFECHeader(parsing: changed)
                return nil
            } catch { return error }
        }
        #expect(error(0, 0x80) == .unsupportedRepair(0x80))
        #expect(error(0, 0x40) == .unsupportedRepair(0x40))
        #expect(error(8, 0) == .repairedSources(0))
        #expect(error(8, 2) == .repairedSources(2))
        // A third part without its k, and a mask that names nothing.
        #expect(error(24, 0x08) == .invalidRepairMask)
        #expect(error(18, 0x80) == .invalidRepairMask)
    }

    @Test("a length that no packet had is refused, and so is what is no packet")
    func impossible() {
        var parity = Parity()
        let isAdded = parity.add([1, 2, 3].span)
        #expect(!isAdded && parity == Parity())
        parity.add(first.span)
        parity.add(second.span)
        // 3 ^ 5 = 6 bytes, of 5 that went in.
        #expect(throws: RTPError.invalidRepair(6)) {
            var packet: [UInt8] = []
            try parity.restore(SequenceNumber(1), of: source, into: &packet)
        }
    }

    @Test(
        "random bytes are parsed or refused, and what is parsed is written the same",
        arguments: 1...8 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if bytes.count > 8, Bool.random(using: &generator) { (bytes[0], bytes[8]) = (bytes[0] & 0x3F, 1) }
            guard let header = try? FlexFECHeader(parsing: bytes) else { continue }
            var written: [UInt8] = []
            header.append(to: &written)
            #expect(try FlexFECHeader(parsing: written) == header)
            var packet: [UInt8] = []
            try? Parity(header, bytes).restore(header.base, of: header.source, into: &packet)
            #expect(packet.count <= bytes.count + 12)
        }
    }

    @Test("stamps are cleared in both forms of the extension, and nothing else is")
    func stamps() throws {
        for map in [
            HeaderExtensionMap([.absoluteSendTime: 2, .transportSequenceNumber: 3, .mid: 4]),
            HeaderExtensionMap([.absoluteSendTime: 20, .transportSequenceNumber: 3, .mid: 4]),
        ] {
            var values = HeaderExtensionValues()
            values.transportSequenceNumber = SequenceNumber(0)
            values.absoluteSendTime = 0
            var plain: [UInt8] = []
            let layout = RTPPacketBuilder.append(
                marker: true, payloadType: PayloadType(masking: 96), sequenceNumber: SequenceNumber(7),
                timestamp: RTPTimestamp(9), ssrc: source, extensions: values, mid: [0x31], map: map, to: &plain)
            plain += [1, 2, 3]
            var stamped = plain
            layout.stamp(transportSequenceNumber: SequenceNumber(0xABCD), in: &stamped)
            layout.stamp(absoluteSendTime: 0x123456, in: &stamped)
            #expect(stamped != plain)
            let header = try RTPHeader(parsing: stamped)
            HeaderExtensionValues.clearStamps(in: &stamped, header: header, map: map)
            #expect(stamped == plain)
        }
    }
}
