/// One encoded picture.
public struct EncodedVideo: Sendable {
    public var bytes: [UInt8]
    public var isKeyFrame: Bool
    /// Media time, 90 kHz.
    public var rtpTimestamp: RTPTimestamp
    /// Pixels; zero when not known (a received frame that is not a key frame).
    public var width: Int
    public var height: Int
    /// When the picture was captured (sending) or its last packet arrived (receiving).
    public var time: Timestamp
    /// Temporal layer of a picture that is sent: no other picture depends on one above zero.
    public var temporalLayer: Int

    public init(
        bytes: [UInt8], isKeyFrame: Bool, rtpTimestamp: RTPTimestamp, width: Int, height: Int, time: Timestamp,
        temporalLayer: Int = 0
    ) {
        self.bytes = bytes
        self.isKeyFrame = isKeyFrame
        self.rtpTimestamp = rtpTimestamp
        self.width = width
        self.height = height
        self.time = time
        self.temporalLayer = temporalLayer
    }
}

/// One encoded packet of sound.
public struct EncodedAudio: Sendable {
    public var bytes: [UInt8]
    /// Samples per channel at 48 kHz that the packet decodes to.
    public var samples: Int
    /// Media time of the first sample, 48 kHz.
    public var rtpTimestamp: RTPTimestamp
    /// Loudness for the audio-level extension, in -dBov, 0 (loudest) to 127 (silence). RFC 6464 section 3.
    public var level: UInt8
    public var voiceActivity: Bool

    public init(
        bytes: [UInt8], samples: Int, rtpTimestamp: RTPTimestamp, level: UInt8 = 127, voiceActivity: Bool = false
    ) {
        self.bytes = bytes
        self.samples = samples
        self.rtpTimestamp = rtpTimestamp
        self.level = level
        self.voiceActivity = voiceActivity
    }
}
