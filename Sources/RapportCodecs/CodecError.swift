/// What a codec refused, and why.
public enum CodecError: Error, Hashable, Sendable {
    /// The library could not allocate its state.
    case outOfMemory
    /// A setting outside what the codec takes; nothing was changed.
    case invalidSetting(CodecSetting, Int)
    /// A block of sound whose length per channel is none of the codec's packet durations, or not whole channels.
    case invalidSampleCount(Int)
    /// A picture with a side over the limit or of zero pixels.
    case unsupportedPictureSize(width: Int, height: Int)
    /// Too few bytes to hold what the payload says it holds.
    case payloadTooShort(Int)
    /// The payload is not what the codec's bitstream allows, or it refers to a picture that was never decoded.
    case corruptPayload
    /// The decoder has no picture to start from: ask the sender for a key frame.
    case keyFrameRequired
    /// Any other status of the library, as it gave it.
    case library(Codec, status: Int32)
}

/// The codecs of this room.
public enum Codec: String, Sendable {
    case opus
    case vp8
}

/// Names of the settings that can be refused.
public enum CodecSetting: String, Sendable {
    case sampleRate, channels, bitrate, complexity, expectedLoss, packetBytes
    case width, height, frameRate, speed, threads, quantizer, buffer, dropThreshold
    case noiseSensitivity, staticThreshold, tokenPartitions, temporalLayers
}
