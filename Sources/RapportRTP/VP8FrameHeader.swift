import RapportBase

/// The uncompressed start of a VP8 frame. RFC 6386 section 9.1; RFC 7741 section 4.3.
///
/// ```
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// |Size0|H| VER |P|   19 bits of size, little-endian; P is 0 in a key frame
/// +-+-+-+-+-+-+-+-+
/// |     Size1     |
/// +-+-+-+-+-+-+-+-+
/// |     Size2     |   a key frame goes on with 9d 01 2a, width and height
/// +-+-+-+-+-+-+-+-+
/// ```
public struct VP8FrameHeader: Sendable, Equatable {
    public var isKeyFrame: Bool
    /// False for a frame that only updates references.
    public var showFrame: Bool
    /// Profile of the stream, 0...3 are defined.
    public var version: UInt8
    /// Bytes of the first partition.
    public var firstPartitionLength: Int
    /// Pixels, before the decoder's scaling; of key frames only.
    public var width: Int?
    /// Pixels, before the decoder's scaling; of key frames only.
    public var height: Int?

    /// Reads the first 3 bytes of a frame, 10 of a key frame.
    /// - Throws: `RTPError.truncated` or `.invalidStartCode`.
    public init(parsing frame: Span<UInt8>) throws(RTPError) {
        guard frame.count >= 3 else { throw .truncated(needed: 3, actual: frame.count) }
        isKeyFrame = frame[0] & 0x01 == 0
        version = frame[0] >> 1 & 0x07
        showFrame = frame[0] & 0x10 != 0
        firstPartitionLength = Int(frame[0]) >> 5 | Int(frame[1]) << 3 | Int(frame[2]) << 11
        guard isKeyFrame else { return }
        guard frame.count >= 10 else { throw .truncated(needed: 10, actual: frame.count) }
        guard frame.uint24(at: 3) == 0x9D012A else { throw .invalidStartCode }
        // RFC 6386 section 9.1: 14 bits of size, two of scale, little-endian.
        width = Int(frame[6]) | Int(frame[7] & 0x3F) << 8
        height = Int(frame[8]) | Int(frame[9] & 0x3F) << 8
    }
}
