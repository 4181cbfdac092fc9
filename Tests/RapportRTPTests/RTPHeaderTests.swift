import RapportBase
import RapportRTP
import Testing

@Suite struct RTPHeaderTests {
    // RFC 3550 section 5.1: V=2, P=1, X=1, CC=2, M=1, PT=96.
    static let full: [UInt8] = [
        0xB2, 0xE0, 0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0xAA, 0xBB, 0xCC, 0xDD,
        0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x08,
        0xBE, 0xDE, 0x00, 0x01, 0x10, 0xFF, 0x00, 0x00,
        0x0A, 0x0B, 0x0C, 0x00, 0x00, 0x03,
    ]

    @Test("every part of the header is found where RFC 3550 section 5.1 puts it")
    func parsesFullHeader() throws {
        let header = try RTPHeader(parsing: Self.full)
        #expect(header.marker)
        #expect(header.payloadType.rawValue == 96)
        #expect(header.sequenceNumber.rawValue == 0x1234)
        #expect(header.timestamp.rawValue == 0x0102_0304)
        #expect(header.ssrc.rawValue == 0xAABB_CCDD)
        #expect(header.contributingSources == 2)
        #expect(header.contributingSource(1, in: Self.full) == SSRC(8))
        #expect(header.extensionProfile == 0xBEDE)
        #expect(header.extensionRange == 24..<28)
        #expect(header.payloadRange == 28..<31)
        #expect(header.paddingCount == 3)
    }

    @Test("a header alone is a packet with an empty payload")
    func parsesBareHeader() throws {
        let bytes: [UInt8] = [0x80, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
        let header = try RTPHeader(parsing: bytes)
        #expect(header.payloadRange == 12..<12)
        #expect(header.extensionProfile == nil)
        #expect(header.extensionRange.isEmpty)
        #expect(!header.marker)
        #expect(header.payloadType == .pcmu)
    }

    @Test("a packet of padding alone is taken: probes look like that")
    func parsesPaddingOnly() throws {
        let bytes: [UInt8] = [0xA0, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]
        let header = try RTPHeader(parsing: bytes)
        #expect(header.payloadRange == 12..<12)
        #expect(header.paddingCount == 4)
    }

    @Test("every cut of the header is refused as truncated", arguments: 0..<28)
    func refusesTruncation(length: Int) {
        var bytes = Array(Self.full.prefix(length))
        if let first = bytes.first { bytes[0] = first & ~0x20 }
        #expect {
            try RTPHeader(parsing: bytes)
        } throws: { error in
            guard case RTPError.truncated(let needed, let actual) = error else { return false }
            return actual == length && needed > length
        }
    }

    @Test("a version other than 2 is refused", arguments: [UInt8(0x00), 0x40, 0xC0])
    func refusesVersion(first: UInt8) {
        var bytes = Self.full
        bytes[0] = first
        #expect(throws: RTPError.unsupportedVersion(first >> 6)) { try RTPHeader(parsing: bytes) }
    }

    @Test("padding of zero, or of more than lies behind the header, is refused", arguments: [UInt8(0), 7, 255])
    func refusesPadding(count: UInt8) {
        var bytes = Self.full
        bytes[bytes.count - 1] = count
        #expect(throws: RTPError.invalidPadding(count)) { try RTPHeader(parsing: bytes) }
    }

    @Test("padding may fill everything behind the header")
    func takesLargestPadding() throws {
        var bytes = Self.full
        bytes[bytes.count - 1] = 6
        #expect(try RTPHeader(parsing: bytes).payloadRange == 28..<28)
    }

    @Test("an extension that runs over the end is refused")
    func refusesLongExtension() {
        var bytes = Self.full
        bytes[23] = 4
        #expect(throws: RTPError.truncated(needed: 40, actual: 34)) { try RTPHeader(parsing: bytes) }
    }

    @Test("payload types know which of them a shared port forbids")
    func payloadTypeRanges() {
        #expect(PayloadType(masking: 63).collidesWithRTCP == false)
        #expect(PayloadType(masking: 64).collidesWithRTCP)
        #expect(PayloadType(masking: 95).collidesWithRTCP)
        #expect(PayloadType(masking: 96).isDynamic)
        #expect([PayloadType.pcmu, .pcma, .g722, .comfortNoise].map(\.rawValue) == [0, 8, 9, 13])
        #expect([PayloadType.pcmu, .pcma, .g722, .comfortNoise].allSatisfy { !$0.isDynamic && !$0.collidesWithRTCP })
    }
}
