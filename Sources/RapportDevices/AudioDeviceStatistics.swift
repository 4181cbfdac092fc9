public import RapportAudio

/// What was measured and counted at the devices since they were opened.
public struct AudioDeviceStatistics: Sendable {
    /// The device in use; nil while silence stands in.
    public var microphone: String?
    public var loudspeaker: String?
    /// From a sample's being spoken, or handed over, to its being here, or heard, as the daemon tells it; nil before
    /// it has.
    public var captureLatency: Duration?
    public var playbackLatency: Duration?
    /// Blocks of 10 ms that came from the microphone, and that the loudspeaker took.
    public var capturedBlocks = 0
    public var playedBlocks = 0
    /// The daemon had nothing to play when a device asked (xrun), and threw away what was not fetched in time (xrun).
    public var underflows = 0
    public var overflows = 0
    /// Samples of silence that were played in the place of sound that came too late for the daemon.
    public var lateSamples = 0
    /// Blocks that a connection did not have ready for the loudspeaker.
    public var missingBlocks = 0
    /// Blocks of silence in the place of a device that gave or took none.
    public var standInBlocks = 0
    /// Blocks left out because a device was faster than time.
    public var refusedBlocks = 0
    /// How often what was played had to be shifted by 10 ms against the microphone because their clocks differ.
    public var referenceSlips = 0
    /// By how much what was played is held back before the canceller sees it.
    public var referenceHold: Duration = .zero
    /// Of the microphone, of what is sent of it, and of what is played.
    public var microphoneLevel = LevelMeter()
    public var sentLevel = LevelMeter()
    public var playedLevel = LevelMeter()
    /// Nil without voice processing.
    public var echo: EchoStatistics?
    public var isMuted = false

    public init() {}
}
