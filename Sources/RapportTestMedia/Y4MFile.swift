public import RapportBase

/// A whole YUV4MPEG2 file in memory. Frames are found at `init` and read when asked for.
public struct Y4MFile: Sendable {
    public let header: Y4MHeader
    private let bytes: [UInt8]
    /// Where the pixels of each frame begin.
    private let offsets: [Int]

    /// - Throws: what is wrong with the header, or the number of the first frame that is cut off or has no header.
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        header = try Y4MHeader(parsing: bytes)
        offsets = try Self.findFrames(in: bytes, header)
        guard !offsets.isEmpty else { throw .empty(.y4m) }
        self.bytes = bytes
    }

    public var frameCount: Int { offsets.count }

    /// Frame `index`, which has to be below `frameCount`; its time is that of the index at the header's rate.
    public func frame(_ index: Int) -> VideoFrame {
        let start = offsets[index]
        let buffer = I420Buffer(width: header.width, height: header.height) { output in
            _ = output.update(fromContentsOf: bytes[start..<start + output.count])
        }
        let nanoseconds = Double(index) * 1e9 * Double(header.frameRateDenominator) / Double(header.frameRateNumerator)
        return VideoFrame(buffer: buffer, timestamp: Timestamp(nanoseconds: Int64(nanoseconds)))
    }

    private static func findFrames(in bytes: [UInt8], _ header: Y4MHeader) throws(MediaFileError) -> [Int] {
        let word = Array("FRAME".utf8)
        var offsets: [Int] = []
        var offset = header.byteCount
        while offset < bytes.count {
            let rest = bytes[offset...].prefix(Y4MHeader.longestLine)
            guard rest.prefix(word.count).elementsEqual(word.prefix(rest.count)) else {
                throw .invalidFrame(.y4m, index: offsets.count)
            }
            guard let end = rest.firstIndex(of: 0x0A) else {
                if rest.count == Y4MHeader.longestLine { throw .invalidFrame(.y4m, index: offsets.count) }
                throw .truncatedFrame(.y4m, index: offsets.count)
            }
            // After the word comes the end of the line or, behind a space, parameters of this frame alone.
            guard bytes[offset + word.count] == 0x0A || bytes[offset + word.count] == 0x20 else {
                throw .invalidFrame(.y4m, index: offsets.count)
            }
            guard bytes.count - end - 1 >= header.frameByteCount else {
                throw .truncatedFrame(.y4m, index: offsets.count)
            }
            offsets.append(end + 1)
            offset = end + 1 + header.frameByteCount
        }
        return offsets
    }
}
