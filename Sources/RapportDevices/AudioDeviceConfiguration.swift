public import Rapport

/// Which devices a call uses, and how.
public struct AudioDeviceConfiguration: Sendable, Hashable {
    public var microphone = AudioDeviceChoice.standard
    public var loudspeaker = AudioDeviceChoice.standard
    /// What is done to the microphone's sound; nil sends it as it is. With a device the peer connections have none of
    /// their own (`PeerConnectionConfiguration.voiceProcessing`): one canceller serves them all.
    public var voiceProcessing: VoiceProcessing? = VoiceProcessing()
    /// The daemon's address as PULSE_SERVER takes it; nil for the environment's.
    public var server: String?
    /// How it shows in a mixer.
    public var applicationName = "Rapport"
    /// Sound that waits in the daemon and in the device before it is heard, milliseconds.
    public var playbackLatency = 30
    /// Sound that is handed over at a time, milliseconds.
    public var fragment = 10

    public init() {}
}
