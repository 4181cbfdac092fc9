public import RapportBase

/// A picture's number, drawn into its luma as a bar code that survives strong compression and scaling.
///
/// A strip along the top edge, 1/18 of the height, holds 32 cells side by side: white, black, 20 bits of the number in
/// Gray code (most significant first; white is 1), 8 bits of checksum, black, white. Gray code changes one cell of
/// twenty from one picture to the next, so that the mark costs the encoder little. The geometry is a share of the
/// picture, so a scaled picture reads the same.
public enum FrameMark {
    /// Numbers wrap at 2^20: 9.7 hours at 30 pictures a second.
    public static let modulus = 1 << 20

    /// Smallest picture that holds a mark.
    public static let smallestWidth = 64
    public static let smallestHeight = 36

    static let cells = 32
    static let white: UInt8 = 220
    static let black: UInt8 = 30
    /// Least distance between the white and the black cells for the strip to count as a mark.
    private static let leastContrast = 60

    /// Rows of the strip.
    public static func stripHeight(_ height: Int) -> Int { max(2, height / 18) }

    /// Draws `number` modulo `modulus` over the top of an I420 picture's planes; the strip loses its colour.
    public static func draw(_ number: Int, into planes: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) {
        precondition(width >= smallestWidth && height >= smallestHeight, "the picture is too small for a mark")
        precondition(planes.count >= I420Buffer.byteCount(width: width, height: height), "the planes are too short")
        let pattern = cellPattern(number)
        let rows = stripHeight(height)
        for cell in 0..<cells {
            let value = pattern & (1 << UInt32(31 - cell)) != 0 ? white : black
            let left = cell * width / cells
            let right = (cell + 1) * width / cells
            for row in 0..<rows {
                for x in left..<right { planes[row * width + x] = value }
            }
        }
        removeColour(planes, width: width, height: height, rows: rows)
    }

    private static func removeColour(
        _ planes: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int, rows: Int
    ) {
        let chromaWidth = (width + 1) / 2
        let chromaHeight = (height + 1) / 2
        for plane in 0..<2 {
            let start = width * height + plane * chromaWidth * chromaHeight
            for index in start..<start + (rows + 1) / 2 * chromaWidth { planes[index] = 128 }
        }
    }

    /// A copy of the picture with the mark on it.
    public static func marking(_ buffer: I420Buffer, with number: Int) -> I420Buffer {
        I420Buffer(width: buffer.width, height: buffer.height) { planes in
            buffer.withUnsafeBytes { _ = planes.update(fromContentsOf: $0) }
            draw(number, into: planes, width: buffer.width, height: buffer.height)
        }
    }

    /// The number on the picture; nil when there is no mark or it is damaged.
    public static func read(_ buffer: I420Buffer) -> Int? {
        guard buffer.width >= smallestWidth, buffer.height >= smallestHeight else { return nil }
        let levels = buffer.withUnsafeBytes { bytes in
            (0..<cells).map { level(of: $0, bytes, width: buffer.width, height: buffer.height) }
        }
        let bright = (levels[0] + levels[31]) / 2
        let dark = (levels[1] + levels[30]) / 2
        guard bright - dark >= leastContrast else { return nil }
        var pattern: UInt32 = 0
        for value in levels { pattern = pattern << 1 | (2 * value > bright + dark ? 1 : 0) }
        return number(of: pattern)
    }

    /// Mean luma of the middle of a cell, away from edges that compression smears.
    private static func level(of cell: Int, _ bytes: UnsafeBufferPointer<UInt8>, width: Int, height: Int) -> Int {
        let cellWidth = Double(width) / Double(cells)
        let cellHeight = Double(stripHeight(height))
        let columns = middle(from: (Double(cell) + 0.25) * cellWidth, to: (Double(cell) + 0.75) * cellWidth)
        let rows = middle(from: 0.2 * cellHeight, to: 0.7 * cellHeight)
        var sum = 0
        for row in rows {
            for x in columns { sum += Int(bytes[row * width + x]) }
        }
        return sum / (rows.count * columns.count)
    }

    /// Pixels whose middle lies between two places, at least one.
    private static func middle(from low: Double, to high: Double) -> Range<Int> {
        let first = Int((low - 0.5).rounded(.up))
        let last = Int((high - 0.5).rounded(.down))
        return first <= last ? first..<last + 1 : Int((low + high) / 2)..<Int((low + high) / 2) + 1
    }

    static func cellPattern(_ number: Int) -> UInt32 {
        let value = UInt32(truncatingIfNeeded: number) & UInt32(modulus - 1)
        let gray = value ^ (value >> 1)
        return 0x8000_0001 | gray << 10 | UInt32(checksum(value)) << 2
    }

    private static func number(of pattern: UInt32) -> Int? {
        let gray = (pattern >> 10) & UInt32(modulus - 1)
        var value = gray
        for shift in [1, 2, 4, 8, 16] { value ^= value >> UInt32(shift) }
        return cellPattern(Int(value)) == pattern ? Int(value) : nil
    }

    /// CRC-8 with polynomial x^8 + x^2 + x + 1 over the number's three bytes, begun at 0x5A.
    private static func checksum(_ value: UInt32) -> UInt8 {
        var remainder: UInt8 = 0x5A
        for shift in [16, 8, 0] {
            remainder ^= UInt8(truncatingIfNeeded: value >> UInt32(shift))
            for _ in 0..<8 { remainder = remainder & 0x80 != 0 ? remainder << 1 ^ 0x07 : remainder << 1 }
        }
        return remainder
    }
}
