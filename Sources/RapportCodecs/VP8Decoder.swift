public import RapportBase

/// Turns VP8 frames back into pictures. RFC 6386.
///
/// Used by one thread at a time. After a frame that could not be decoded it refuses everything up to the next key
/// frame, so that no picture built on a broken one is ever shown.
public struct VP8Decoder: ~Copyable {
    /// True before the first key frame and after a broken frame.
    public private(set) var needsKeyFrame = true
    private let longestSide: Int
    private var context: VP8DecoderContext

    /// - Parameter longestSide: pictures wider or higher than this many pixels are refused before memory is taken.
    /// - Throws: `outOfMemory`, `library`.
    public init(longestSide: Int = 4096) throws(CodecError) {
        self.longestSide = longestSide
        context = try VP8DecoderContext()
    }

    /// Decodes one whole frame.
    /// - Parameter timestamp: handed on to the picture.
    /// - Returns: nil for a frame that is not meant to be shown. RFC 6386 section 9.1.
    /// - Throws: `payloadTooShort`, `corruptPayload`, `unsupportedPictureSize`, `keyFrameRequired`.
    public mutating func decode(_ payload: Span<UInt8>, timestamp: Timestamp) throws(CodecError) -> VideoFrame? {
        guard try check(payload) || !needsKeyFrame else { throw .keyFrameRequired }
        do throws(CodecError) {
            let buffer = try context.decode(payload)
            needsKeyFrame = false
            return buffer.map { VideoFrame(buffer: $0, timestamp: timestamp) }
        } catch {
            needsKeyFrame = true
            // A fresh context owes nothing to what a hostile frame left behind in the old one.
            context = try VP8DecoderContext()
            throw error
        }
    }

    /// Decodes one whole frame; see `decode(_:timestamp:)` with a `Span`.
    public mutating func decode(_ payload: [UInt8], timestamp: Timestamp) throws(CodecError) -> VideoFrame? {
        try decode(payload.span, timestamp: timestamp)
    }

    /// Looks at the uncompressed header; true for a key frame. RFC 6386 section 9.1.
    private mutating func check(_ payload: Span<UInt8>) throws(CodecError) -> Bool {
        guard payload.count >= 3 else { throw refuse(.payloadTooShort(payload.count)) }
        guard payload[0] & 1 == 0 else { return false }
        guard payload.count >= 10 else { throw refuse(.payloadTooShort(payload.count)) }
        guard payload.uint24(at: 3) == 0x9D012A else { throw refuse(.corruptPayload) }
        let width = (Int(payload[7]) << 8 | Int(payload[6])) & 0x3FFF
        let height = (Int(payload[9]) << 8 | Int(payload[8])) & 0x3FFF
        guard (1...longestSide).contains(width), (1...longestSide).contains(height) else {
            throw refuse(.unsupportedPictureSize(width: width, height: height))
        }
        return true
    }

    private mutating func refuse(_ error: CodecError) -> CodecError {
        needsKeyFrame = true
        return error
    }
}
