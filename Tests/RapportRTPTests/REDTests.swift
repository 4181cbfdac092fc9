import RapportBase
import Testing

@testable import RapportRTP

@Suite("RED")
struct REDTests {
    private let opus = PayloadType(masking: 111)

    @Test("RFC 2198 section 3: headers with offsets and lengths, the primary last and without")
    func parses() throws {
        // Offset 1920 = 0b00011110_000000, length 3; then offset 960, length 258.
        let headers: [UInt8] = [0xEF, 0x1E, 0x00, 0x03, 0xEF, 0x0F, 0x01, 0x02, 0x6F]
        let bytes = headers + [1, 2, 3] + [UInt8](repeating: 4, count: 258) + [5, 6]
        var blocks: [RED.Block] = []
        try RED.parse(bytes.span, into: &blocks)
        #expect(
            blocks == [
                RED.Block(payloadType: opus, timestampOffset: 1920, range: 9..<12),
                RED.Block(payloadType: opus, timestampOffset: 960, range: 12..<270),
                RED.Block(payloadType: opus, timestampOffset: 0, range: 270..<272),
            ])
        var written: [UInt8] = []
        RED.appendHeaders(older: [(opus, 1920, 3), (opus, 960, 258)], primary: opus, to: &written)
        #expect(written == headers)
    }

    @Test("the largest offset and length survive, and a primary alone is one octet")
    func extremes() throws {
        var bytes: [UInt8] = []
        RED.appendHeaders(older: [(opus, RED.maximumOffset, RED.maximumLength)], primary: opus, to: &bytes)
        bytes += [UInt8](repeating: 7, count: RED.maximumLength)
        var blocks: [RED.Block] = []
        try RED.parse(bytes.span, into: &blocks)
        #expect(blocks[0].timestampOffset == 16_383 && blocks[0].range.count == 1_023)
        #expect(blocks[1].range.isEmpty)
        try RED.parse([0x6F, 9].span, into: &blocks)
        #expect(blocks == [RED.Block(payloadType: opus, timestampOffset: 0, range: 1..<2)])
    }

    @Test("every truncation is refused or keeps within the bytes")
    func truncations() {
        var bytes: [UInt8] = []
        RED.appendHeaders(older: [(opus, 1920, 5), (opus, 960, 6)], primary: opus, to: &bytes)
        bytes += (0..<20).map { UInt8($0) }
        var blocks: [RED.Block] = []
        for length in 0..<bytes.count {
            let part = Array(bytes[..<length])
            let parsed = (try? RED.parse(part.span, into: &blocks)) != nil
            #expect(parsed == (length >= 9 + 11))
            #expect(blocks.isEmpty != parsed && blocks.allSatisfy { $0.range.upperBound <= length })
        }
    }

    @Test("headers without end are refused, random bytes never trap")
    func hostile() {
        var blocks: [RED.Block] = []
        let endless = [UInt8](repeating: 0x80, count: 4_000)
        #expect(throws: RTPError.tooManyBlocks(16)) { try RED.parse(endless.span, into: &blocks) }
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            try? RED.parse(bytes.span, into: &blocks)
            #expect(blocks.allSatisfy { $0.range.upperBound <= bytes.count })
        }
    }
}
