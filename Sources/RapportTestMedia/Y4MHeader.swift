public import RapportBase

/// What a YUV4MPEG2 stream says in its first line.
public struct Y4MHeader: Sendable, Equatable {
    public var width: Int
    public var height: Int
    /// Pictures per second as a fraction.
    public var frameRateNumerator: Int
    public var frameRateDenominator: Int
    /// Bytes of the line with its end: the first frame begins here.
    public var byteCount: Int

    public init(width: Int, height: Int, frameRateNumerator: Int = 30, frameRateDenominator: Int = 1) {
        self.width = width
        self.height = height
        self.frameRateNumerator = frameRateNumerator
        self.frameRateDenominator = frameRateDenominator
        byteCount = 0
        byteCount = serialized().count
    }

    public var frameRate: Double { Double(frameRateNumerator) / Double(frameRateDenominator) }

    /// Bytes of one frame's pixels, without its own header line.
    public var frameByteCount: Int { I420Buffer.byteCount(width: width, height: height) }

    /// Longest line taken, and longest side in pixels.
    static let longestLine = 1024
    static let longestSide = 16_384

    /// Reads the first line from the start of a file; more bytes may follow.
    ///
    /// Taken: 4:2:0 with 8 bits in every siting (`C420`, `C420jpeg`, `C420mpeg2`, `C420paldv`, or no `C`), progressive
    /// or unknown interlacing, any order of parameters; `A` and `X` are passed over.
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        let signature = Array("YUV4MPEG2".utf8)
        guard bytes.prefix(signature.count).elementsEqual(signature.prefix(bytes.count)) else {
            throw .wrongFormat(expected: .y4m)
        }
        guard let end = bytes.prefix(Self.longestLine).firstIndex(of: 0x0A) else {
            if bytes.count >= Self.longestLine { throw .invalidField(.y4m, .headerLength, value: "\(bytes.count)") }
            throw .truncatedHeader(.y4m, bytes.count < signature.count ? .signature : .headerLength)
        }
        let fields = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard fields.first == "YUV4MPEG2" else { throw .wrongFormat(expected: .y4m) }
        self.init(width: 0, height: 0, frameRateNumerator: 0, frameRateDenominator: 0)
        for field in fields.dropFirst() { try take(field) }
        try Self.check(width, .width)
        try Self.check(height, .height)
        guard frameRateNumerator > 0, frameRateDenominator > 0 else {
            throw .invalidField(.y4m, .frameRate, value: "missing")
        }
        byteCount = end + 1
    }

    private mutating func take(_ field: Substring) throws(MediaFileError) {
        let value = field.dropFirst()
        switch field.first {
        case "W": width = try Self.number(value, .width)
        case "H": height = try Self.number(value, .height)
        case "F":
            let parts = value.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .invalidField(.y4m, .frameRate, value: String(value)) }
            frameRateNumerator = try Self.number(parts[0], .frameRate)
            frameRateDenominator = try Self.number(parts[1], .frameRate)
        case "C":
            guard ["420", "420jpeg", "420mpeg2", "420paldv"].contains(value) else {
                throw .invalidField(.y4m, .colorSpace, value: String(value.prefix(24)))
            }
        case "I":
            guard value == "p" || value == "?" else {
                throw .invalidField(.y4m, .interlacing, value: String(value.prefix(24)))
            }
        default: break  // A (pixel aspect), X (application data) and what newer writers may add.
        }
    }

    private static func number(_ text: Substring, _ field: MediaField) throws(MediaFileError) -> Int {
        guard let value = Int(text), value > 0, value < 1 << 31, text.utf8.first != 0x2B else {
            throw .invalidField(.y4m, field, value: String(text.prefix(24)))
        }
        return value
    }

    private static func check(_ side: Int, _ field: MediaField) throws(MediaFileError) {
        guard side > 0 else { throw .invalidField(.y4m, field, value: "missing") }
        guard side <= longestSide else { throw .invalidField(.y4m, field, value: "\(side)") }
    }

    /// The line that begins a file.
    public func serialized() -> [UInt8] {
        Array("YUV4MPEG2 W\(width) H\(height) F\(frameRateNumerator):\(frameRateDenominator) Ip A1:1 C420jpeg\n".utf8)
    }

    /// A frame as it stands in the file: its header line and its pixels.
    public static func serialized(frame: I420Buffer) -> [UInt8] {
        frame.withUnsafeBytes { Array("FRAME\n".utf8) + $0 }
    }
}
