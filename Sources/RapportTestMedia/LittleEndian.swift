// WAV and IVF are little-endian, unlike everything on the network, so these stay in this room.

extension Array where Element == UInt8 {
    /// Two bytes; the caller has compared lengths.
    func littleUInt16(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

    /// Four bytes; the caller has compared lengths.
    func littleUInt32(at offset: Int) -> UInt32 {
        UInt32(littleUInt16(at: offset)) | UInt32(littleUInt16(at: offset + 2)) << 16
    }

    /// Eight bytes; the caller has compared lengths.
    func littleUInt64(at offset: Int) -> UInt64 {
        UInt64(littleUInt32(at: offset)) | UInt64(littleUInt32(at: offset + 4)) << 32
    }

    mutating func append(littleEndian value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// The bytes of `range` as text for an error; what is not printable becomes a dot, and only the start is shown.
    func printable(_ range: Range<Int>) -> String {
        let bytes = self[range.clamped(to: 0..<count)].prefix(24)
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : 0x2E }, as: UTF8.self)
    }
}
