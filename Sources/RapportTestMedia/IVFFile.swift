/// VP8 frames in an IVF file: a 32-byte header, then each frame behind its length and time.
public struct IVFFile: Sendable, Equatable {
    public struct Frame: Sendable, Equatable {
        /// In units of the file's time base.
        public var presentationTime: UInt64
        public var bytes: [UInt8]

        public init(presentationTime: UInt64, bytes: [UInt8]) {
            self.presentationTime = presentationTime
            self.bytes = bytes
        }

        /// The frame tag's first bit is clear. RFC 6386 section 9.1.
        public var isKeyFrame: Bool { bytes.first.map { $0 & 1 == 0 } ?? false }
    }

    public var width: Int
    public var height: Int
    /// Units of presentation time a second, as a fraction.
    public var timeBaseDenominator: Int
    public var timeBaseNumerator: Int
    public var frames: [Frame]

    public init(
        width: Int, height: Int, timeBaseDenominator: Int = 30, timeBaseNumerator: Int = 1, frames: [Frame] = []
    ) {
        self.width = width
        self.height = height
        self.timeBaseDenominator = timeBaseDenominator
        self.timeBaseNumerator = timeBaseNumerator
        self.frames = frames
    }

    /// Reads a whole file. The frame count of the header is not trusted: writers into pipes leave it zero.
    /// - Throws: what is wrong with the header, or the number of the first frame that is cut off.
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        guard bytes.prefix(4).elementsEqual(Self.signature.prefix(bytes.count)) else {
            throw .wrongFormat(expected: .ivf)
        }
        guard bytes.count >= 32 else { throw .truncatedHeader(.ivf, bytes.count < 4 ? .signature : .headerLength) }
        let version = bytes.littleUInt16(at: 4)
        let headerLength = Int(bytes.littleUInt16(at: 6))
        guard version == 0 else { throw .invalidField(.ivf, .version, value: "\(version)") }
        guard headerLength >= 32 else { throw .invalidField(.ivf, .headerLength, value: "\(headerLength)") }
        guard headerLength <= bytes.count else { throw .truncatedHeader(.ivf, .headerLength) }
        guard bytes[8..<12] == Self.vp8[...] else {
            throw .invalidField(.ivf, .codec, value: bytes.printable(8..<12))
        }
        self.init(
            width: Int(bytes.littleUInt16(at: 12)), height: Int(bytes.littleUInt16(at: 14)),
            timeBaseDenominator: Int(bytes.littleUInt32(at: 16)), timeBaseNumerator: Int(bytes.littleUInt32(at: 20)))
        guard width > 0 else { throw .invalidField(.ivf, .width, value: "0") }
        guard height > 0 else { throw .invalidField(.ivf, .height, value: "0") }
        guard timeBaseDenominator > 0, timeBaseNumerator > 0 else { throw .invalidField(.ivf, .frameRate, value: "0") }
        frames = try Self.readFrames(bytes, from: headerLength)
        guard !frames.isEmpty else { throw .empty(.ivf) }
    }

    private static let signature = Array("DKIF".utf8)
    private static let vp8 = Array("VP80".utf8)

    private static func readFrames(_ bytes: [UInt8], from start: Int) throws(MediaFileError) -> [Frame] {
        var frames: [Frame] = []
        var offset = start
        while offset < bytes.count {
            guard bytes.count - offset >= 12 else { throw .truncatedFrame(.ivf, index: frames.count) }
            let length = Int(bytes.littleUInt32(at: offset))
            let time = bytes.littleUInt64(at: offset + 4)
            offset += 12
            guard length > 0 else { throw .invalidFrame(.ivf, index: frames.count) }
            guard length <= bytes.count - offset else { throw .truncatedFrame(.ivf, index: frames.count) }
            frames.append(Frame(presentationTime: time, bytes: Array(bytes[offset..<offset + length])))
            offset += length
        }
        return frames
    }

    /// Pictures per second.
    public var frameRate: Double { Double(timeBaseDenominator) / Double(timeBaseNumerator) }

    /// The whole file.
    public func serialized() -> [UInt8] {
        var bytes = serializedHeader()
        for frame in frames { bytes += Self.serialized(frame) }
        return bytes
    }

    /// The header alone, for a writer that appends frames as they come.
    public func serializedHeader() -> [UInt8] {
        var bytes = Self.signature
        bytes.append(littleEndian: UInt16(0))
        bytes.append(littleEndian: UInt16(32))
        bytes += Self.vp8
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: width))
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: height))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: timeBaseDenominator))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: timeBaseNumerator))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: frames.count))
        bytes.append(littleEndian: UInt32(0))
        return bytes
    }

    /// One frame as it stands in a file.
    public static func serialized(_ frame: Frame) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: frame.bytes.count))
        bytes.append(littleEndian: frame.presentationTime)
        return bytes + frame.bytes
    }
}
