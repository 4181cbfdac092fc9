import RapportICE

/// The clock of a device with sound of its own: beats whenever 10 ms of it have passed. `RapportDevices` makes them.
public final class AudioBeat: @unchecked Sendable {
    // Unchecked: used on the audio thread only, which is checked.
    private var listeners: [(owner: ObjectIdentifier, act: () -> Void)] = []

    package init() {}

    /// Calls `act` at each beat, on the audio thread, until `remove`.
    package func add(_ owner: AnyObject, _ act: @escaping () -> Void) {
        MediaExecutors.audio.checkIsolated()
        listeners.append((ObjectIdentifier(owner), act))
    }

    package func remove(_ owner: AnyObject) {
        MediaExecutors.audio.checkIsolated()
        listeners.removeAll { $0.owner == ObjectIdentifier(owner) }
    }

    /// 10 ms have passed.
    package func strike() {
        for listener in listeners { listener.act() }
    }
}
