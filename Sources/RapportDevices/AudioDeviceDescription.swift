/// A microphone or loudspeaker as the sound daemon names it.
public struct AudioDeviceDescription: Sendable, Hashable {
    public var kind: AudioDeviceKind
    /// The daemon's name for it, stable from start to start; what a choice names.
    public var name: String
    /// For people.
    public var text: String
    /// The one that the daemon gives to those who name none.
    public var isDefault: Bool
    /// What a loudspeaker plays, offered as a microphone. Never chosen unless it is named.
    public var isMonitor: Bool
    /// Of the device itself; sound is converted from and to 48 kHz by the daemon.
    public var sampleRate: Int
    public var channels: Int

    public init(
        kind: AudioDeviceKind, name: String, text: String = "", isDefault: Bool = false, isMonitor: Bool = false,
        sampleRate: Int = 48_000, channels: Int = 1
    ) {
        self.kind = kind
        self.name = name
        self.text = text
        self.isDefault = isDefault
        self.isMonitor = isMonitor
        self.sampleRate = sampleRate
        self.channels = channels
    }
}
