public import RapportBase

/// Turns pictures into VP8 frames for a call: constant bit rate, no look-ahead, key frames on request. RFC 6386.
///
/// Used by one thread at a time. The same pictures, times and settings give the same bytes on every run.
public struct VP8Encoder: ~Copyable {
    /// Longest side in pixels. RFC 6386 section 9.1 gives 14 bits.
    public static let longestSide = 16_383

    public private(set) var configuration: VP8EncoderConfiguration
    public private(set) var width: Int
    public private(set) var height: Int
    private var context: VP8EncoderContext
    private var keyFramePending = true
    private var pace: VP8FramePace
    /// The layer of the last picture that came out.
    private var lastLayer = 0

    /// - Parameters: width and height in pixels of the pictures to come; another size later starts afresh.
    /// - Throws: `invalidSetting`, `unsupportedPictureSize`, `outOfMemory`.
    public init(
        width: Int, height: Int, configuration: VP8EncoderConfiguration = VP8EncoderConfiguration()
    ) throws(CodecError) {
        try configuration.check()
        context = try Self.makeContext(width: width, height: height, configuration)
        self.width = width
        self.height = height
        self.configuration = configuration
        pace = VP8FramePace(expected: configuration.ticksPerFrame)
    }

    private static func makeContext(
        width: Int, height: Int, _ configuration: VP8EncoderConfiguration
    ) throws(CodecError) -> VP8EncoderContext {
        guard (1...longestSide).contains(width), (1...longestSide).contains(height) else {
            throw .unsupportedPictureSize(width: width, height: height)
        }
        let context = try VP8EncoderContext(width: width, height: height, configuration: configuration)
        try context.apply(configuration)
        return context
    }

    /// Encodes one picture; a size other than the last one's starts afresh with a key frame.
    /// - Parameters:
    ///   - rtpTimestamp: media time in 90 kHz ticks; rate control goes by the mean of its steps.
    ///   - forceKeyFrame: when rate control drops this picture, the next one is the key frame.
    /// - Returns: nil when rate control dropped the picture.
    public mutating func encode(
        _ frame: VideoFrame, rtpTimestamp: RTPTimestamp, forceKeyFrame: Bool = false
    ) throws(CodecError) -> EncodedVideo? {
        if frame.width != width || frame.height != height { try resize(width: frame.width, height: frame.height) }
        if forceKeyFrame { keyFramePending = true }
        pace.advance(to: rtpTimestamp, expected: configuration.ticksPerFrame)
        let layer = configuration.temporalLayers > 1 ? nextLayer : nil
        let encoded = try context.encode(
            frame.buffer, presentation: pace.presentation, duration: pace.duration,
            forceKeyFrame: keyFramePending, layer: layer)
        guard let encoded else { return nil }
        if encoded.isKeyFrame { keyFramePending = false }
        lastLayer = layer ?? 0
        return EncodedVideo(
            bytes: encoded.bytes, isKeyFrame: encoded.isKeyFrame, rtpTimestamp: rtpTimestamp, width: width,
            height: height, time: frame.timestamp, temporalLayer: lastLayer)
    }

    // Every second picture, and never a key frame.
    private var nextLayer: Int { keyFramePending || lastLayer > 0 ? 0 : 1 }

    private mutating func resize(width: Int, height: Int) throws(CodecError) {
        context = try Self.makeContext(width: width, height: height, configuration)
        self.width = width
        self.height = height
        keyFramePending = true
    }

    /// Takes a new rate from the next picture on, without a key frame.
    public mutating func setBitrate(_ bitrate: Bitrate) throws(CodecError) {
        try reconfigure { $0.bitrate = bitrate }
    }

    /// Tells how many pictures a second to expect, 1 to 120.
    public mutating func setFrameRate(_ frameRate: Double) throws(CodecError) {
        try reconfigure { $0.frameRate = frameRate }
    }

    /// Takes new settings from the next picture on. A change of threads or error resilience starts afresh with a
    /// key frame, anything else goes on as it was.
    /// - Throws: `invalidSetting`; the encoder is then as it was.
    public mutating func reconfigure(_ change: (inout VP8EncoderConfiguration) -> Void) throws(CodecError) {
        var wanted = configuration
        change(&wanted)
        guard wanted != configuration else { return }
        try wanted.check()
        if wanted.threads != configuration.threads || wanted.errorResilient != configuration.errorResilient {
            context = try Self.makeContext(width: width, height: height, wanted)
            keyFramePending = true
        } else {
            try context.reconfigure(wanted)
        }
        configuration = wanted
    }

    /// Quantizer index of the last picture, 0 to 127, for `qpSum`. RFC 6386 section 9.6.
    public var lastQuantizer: Int { context.lastQuantizer }
}
