/// Why there is no sound device.
public enum AudioDeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody answers where the daemon should be.
    case noDaemon
    /// The daemon answered and refused; libpulse's error number.
    case refused(Int32)
    /// The daemon took the connection and said nothing more.
    case timedOut
    /// No device of this name.
    case unknownDevice(AudioDeviceKind, name: String)
    /// It was closed, or opened twice.
    case notOpen

    public var description: String {
        switch self {
        case .noDaemon:
            "no sound daemon answers: start PulseAudio (pulseaudio --start) or PipeWire (pipewire-pulse), or go without"
                + " a device"
        case .refused(let code): "the sound daemon refused: \(PulseText.error(code))"
        case .timedOut: "the sound daemon does not answer"
        case .unknownDevice(let kind, let name): "there is no \(kind.rawValue) named \(name)"
        case .notOpen: "the sound device is not open"
        }
    }
}
