/// Reads the mask's weights from their text: base64 to bytes, then matrices and biases in order.
struct WeightReader {
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ text: StaticString) {
        bytes.reserveCapacity(text.utf8CodeUnitCount * 3 / 4)
        text.withUTF8Buffer { buffer in
            var sum: UInt32 = 0, count = 0
            for character in buffer {
                guard let six = WeightReader.value(character) else { continue }
                sum = sum << 6 | six
                count += 1
                if count == 4 {
                    bytes += [UInt8(sum >> 16 & 255), UInt8(sum >> 8 & 255), UInt8(sum & 255)]
                    (sum, count) = (0, 0)
                }
            }
            if count == 3 { bytes += [UInt8(sum >> 10 & 255), UInt8(sum >> 2 & 255)] }
            if count == 2 { bytes.append(UInt8(sum >> 4 & 255)) }
        }
    }

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    var count: Int { bytes.count }

    private mutating func byte() -> UInt8 {
        defer { position += 1 }
        return position < bytes.count ? bytes[position] : 0
    }

    mutating func number() -> Int { Int(byte()) | Int(byte()) << 8 }

    private mutating func float() -> Float {
        Float(bitPattern: UInt32(byte()) | UInt32(byte()) << 8 | UInt32(byte()) << 16 | UInt32(byte()) << 24)
    }

    /// A matrix of 8-bit weights with a scale per row, padded to whole vectors.
    mutating func matrix(rows: Int, columns: Int) -> SampleBuffer {
        let stride = (columns + 7) / 8 * 8
        let result = SampleBuffer(count: rows * stride)
        for row in 0..<rows {
            let scale = float()
            for column in 0..<columns { result[row * stride + column] = scale * Float(Int8(bitPattern: byte())) }
        }
        return result
    }

    mutating func bias(_ count: Int) -> SampleBuffer {
        let result = SampleBuffer(count: (count + 7) / 8 * 8)
        for i in 0..<count { result[i] = float() }
        return result
    }
}
