/// Which device is wanted.
public enum AudioDeviceChoice: Sendable, Hashable {
    /// None: silence is sent, or nothing is played.
    case none
    /// The daemon's default, followed when it changes.
    case standard
    /// The one of this name. While it is away the default stands in, and it is taken again when it comes back.
    case named(String)

    /// `none`, `default`, or a device's name.
    public init(parsing text: String) {
        switch text {
        case "none": self = .none
        case "default": self = .standard
        default: self = .named(text)
        }
    }

    /// The device of `devices` to use now; nil is silence.
    func device(of kind: AudioDeviceKind, in devices: [AudioDeviceDescription]) -> AudioDeviceDescription? {
        let candidates = devices.filter { $0.kind == kind }
        // A monitor hears the far end itself: where the daemon offers nothing else as default, there is no microphone.
        let standard = candidates.first { $0.isDefault && !$0.isMonitor }
        switch self {
        case .none: return nil
        case .standard: return standard
        case .named(let name): return candidates.first { $0.name == name } ?? standard
        }
    }
}
