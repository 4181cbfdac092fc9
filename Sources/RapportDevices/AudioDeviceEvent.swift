/// What happens to the devices of a call.
public enum AudioDeviceEvent: Sendable, Hashable {
    /// Devices came, went, or another one is the default now.
    case devicesChanged([AudioDeviceDescription])
    /// Sound goes through this device from now on.
    case opened(AudioDeviceKind, name: String)
    /// The device is gone; another one or silence follows.
    case lost(AudioDeviceKind, name: String)
    /// There is no device: silence is sent, or what is received is not heard, until one comes.
    case silent(AudioDeviceKind)
    /// The device gives or takes sound faster than time passes; what is too much is left out. Told once a second.
    case implausibleClock(AudioDeviceKind)
    /// The daemon went away; it is looked for every second.
    case daemonLost
    case daemonReturned
}
