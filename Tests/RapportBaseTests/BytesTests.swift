import RapportBase
import Testing

@Suite("Bytes in network order")
struct BytesTests {
    @Test("numbers are written most significant byte first and read back")
    func numbers() {
        var bytes: [UInt8] = [0xFF]
        bytes.append(uint16: 0x0102)
        bytes.append(uint24: 0xAA03_0405)
        bytes.append(uint32: 0x0607_0809)
        bytes.append(uint64: 0x0A0B_0C0D_0E0F_1011)
        #expect(bytes == [0xFF] + Array(1...17))
        let span = bytes.span
        #expect(span.uint16(at: 1) == 0x0102 && span.uint24(at: 3) == 0x03_0405 && span.uint32(at: 6) == 0x0607_0809)
        #expect(span.uint64(at: 10) == 0x0A0B_0C0D_0E0F_1011)
    }

    @Test("every value survives the way there and back")
    func roundTrip() {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<1000 {
            let value = generator.next()
            var bytes: [UInt8] = []
            bytes.append(uint64: value)
            #expect(bytes.span.uint64(at: 0) == value)
            #expect(bytes.span.uint32(at: 4) == UInt32(truncatingIfNeeded: value))
            #expect(UInt64(bytes.span.uint24(at: 1)) == value >> 32 & 0xFF_FFFF)
        }
    }

    @Test("a number is replaced in place and ranges are copied")
    func ranges() {
        var bytes: [UInt8] = [1, 2, 3, 4, 5]
        bytes.replace(uint16: 0xABCD, at: 3)
        #expect(bytes == [1, 2, 3, 0xAB, 0xCD])
        #expect(bytes.span.copy(1..<4) == [2, 3, 0xAB] && bytes.span.copy(2..<2) == [])
        var more: [UInt8] = [9]
        more.append(bytes.span, 0..<2)
        #expect(more == [9, 1, 2])
    }
}
