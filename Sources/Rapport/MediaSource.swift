public import RapportBase

/// Where sound to be sent comes from: a microphone, a file, a generator.
///
/// Read once every 10 ms on the connection's audio thread; it must not block.
public protocol AudioSource {
    /// The next 10 ms: 480 samples a channel at 48 kHz, one channel. Nil is silence, now and until a later call
    /// returns sound again.
    mutating func read() -> AudioFrame?
    /// The clock of a source that has one of its own, a device: it is read at each beat. Without one the connection
    /// reads every 10 ms of its own time.
    var beat: AudioBeat? { get }
    /// What became of the loudspeaker's echo in it, in words; nil where nobody looked for one.
    var echoSummary: String? { get }
}

extension AudioSource {
    public var beat: AudioBeat? { nil }
    public var echoSummary: String? { nil }
}

/// Where pictures to be sent come from: a camera, a file, a generator.
///
/// Asked at its own frame rate on the connection's encoding thread; it must not block for long.
public protocol VideoSource {
    /// Largest picture it will give, in pixels.
    var width: Int { get }
    var height: Int { get }
    /// Pictures a second.
    var frameRate: Int { get }
    /// What is seen in it; `.motion` unless the source says otherwise.
    var contentHint: VideoContentHint { get }
    /// The picture to send now, stamped with `time`; nil when there is none this time.
    mutating func nextFrame(at time: Timestamp) -> VideoFrame?
}

extension VideoSource {
    public var contentHint: VideoContentHint { .motion }
}

/// What pictures show, for the encoder to know what matters. W3C mst-content-hint section 3.2.
public enum VideoContentHint: String, Sendable {
    /// People and things that move.
    case motion
    /// A shared screen: letters stay sharp, motion may stutter.
    case text
}

/// Where received sound goes: a loudspeaker, a meter, a measure.
public protocol AudioSink: Sendable {
    /// Called every 10 ms on the connection's audio thread with 480 samples a channel at 48 kHz; it must not block.
    func play(_ frame: AudioFrame)
    /// Channels that it plays, 1 or 2; with 2 the peer is asked for stereo from the next negotiation on. It is given
    /// that many whatever comes.
    var channels: Int { get }
    /// The clock of a sink that has one of its own, a device: at each beat it is given one more block. Without one the
    /// connection gives one every 10 ms of its own time.
    var beat: AudioBeat? { get }
}

extension AudioSink {
    public var beat: AudioBeat? { nil }
    public var channels: Int { 1 }
}

/// Where received pictures go: a screen, a measure.
public protocol VideoSink: Sendable {
    /// Called for each decoded picture on the connection's decoding thread; it must not block for long.
    func render(_ frame: VideoFrame)
}

/// What can be attached to a transceiver for sending.
public enum LocalTrack {
    case audio(any AudioSource)
    case video(any VideoSource)

    public var kind: MediaKind {
        switch self {
        case .audio: .audio
        case .video: .video
        }
    }
}
