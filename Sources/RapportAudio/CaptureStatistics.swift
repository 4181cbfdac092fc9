/// The state of the sending side's sound.
public struct CaptureStatistics: Sendable {
    public var echo: EchoStatistics
    /// Of the microphone, before anything is done to it.
    public var microphone: LevelMeter
    /// Of what is sent.
    public var sent: LevelMeter
    public var isSpeech: Bool
    /// Of the gain control, dB.
    public var gain: Float
    public var isMuted: Bool
}
