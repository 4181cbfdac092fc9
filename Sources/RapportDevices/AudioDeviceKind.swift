/// Which way sound goes through a device.
public enum AudioDeviceKind: String, Sendable, Hashable, CaseIterable {
    case microphone, loudspeaker
}
