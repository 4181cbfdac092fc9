import CPulse
import Rapport
import RapportICE

/// The connection to the sound daemon and the streams over it. On the audio thread only, where libpulse's loop runs.
final class PulseEngine: @unchecked Sendable {
    /// Where the connection to the daemon stands.
    private enum Link {
        case connecting(since: Int64)
        case ready
        case down(retryAt: Int64)
        case closed
    }

    static let patience: Int64 = 3_000_000_000
    static let retryInterval: Int64 = 1_000_000_000

    let core: DeviceCore
    private let executor: GLibExecutor
    private var configuration: AudioDeviceConfiguration
    private let tell: (AudioDeviceEvent) -> Void
    private var loop: OpaquePointer?
    private var context: OpaquePointer?
    private var link = Link.closed
    private var timer: ExecutorTimer?
    private(set) var devices: [AudioDeviceDescription] = []
    private var listing: PulseListing?
    private var mustListAgain = false
    private var streams: [AudioDeviceKind: PulseStream] = [:]
    /// What each direction was last sent to; a stream that somebody moved by hand stays where it is.
    private var targets: [AudioDeviceKind: String?] = [:]
    /// The device that was last told to be in use.
    private var current: [AudioDeviceKind: String] = [:]
    /// Devices that a stream has left; those that are no more are told to be lost.
    private var departed: [AudioDeviceKind: String] = [:]
    private var attempts: [AudioDeviceKind: (name: String, time: Int64)] = [:]
    private var mustRoute = false
    private var ticks = 0
    private var refusedBefore = (0, 0)
    private var opening: ((Result<Void, AudioDeviceError>) -> Void)?

    init(
        _ configuration: AudioDeviceConfiguration, core: DeviceCore, executor: GLibExecutor,
        tell: @escaping (AudioDeviceEvent) -> Void
    ) {
        self.configuration = configuration
        self.core = core
        self.executor = executor
        self.tell = tell
    }

    var now: Int64 { executor.now }

    // MARK: The daemon

    /// Connects; `done` is told when the devices are known.
    func open(_ done: @escaping (Result<Void, AudioDeviceError>) -> Void) {
        executor.checkIsolated()
        guard case .closed = link, loop == nil, let loop = pa_glib_mainloop_new(executor.context) else {
            return done(.failure(.notOpen))
        }
        self.loop = loop
        opening = done
        timer = executor.addTimer(every: .milliseconds(10)) { [weak self] in self?.watch() }
        connect()
    }

    private func connect() {
        guard let loop, let api = pa_glib_mainloop_get_api(loop),
            let context = pa_context_new(api, configuration.applicationName)
        else { return fail(.noDaemon) }
        self.context = context
        link = .connecting(since: now)
        let me = Unmanaged.passUnretained(self).toOpaque()
        pa_context_set_state_callback(context, { _, data in PulseEngine.of(data)?.stateChanged() }, me)
        pa_context_set_subscribe_callback(context, { _, _, _, data in PulseEngine.of(data)?.list() }, me)
        // Starting a daemon is not a library's affair.
        if pa_context_connect(context, configuration.server, PA_CONTEXT_NOAUTOSPAWN, nil) < 0 { disconnected() }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> PulseEngine? {
        data.map { Unmanaged<PulseEngine>.fromOpaque($0).takeUnretainedValue() }
    }

    private func stateChanged() {
        guard let context else { return }
        switch pa_context_get_state(context) {
        case PA_CONTEXT_READY:
            link = .ready
            let events =
                PA_SUBSCRIPTION_MASK_SINK.rawValue | PA_SUBSCRIPTION_MASK_SOURCE.rawValue
                | PA_SUBSCRIPTION_MASK_SERVER.rawValue
            if let operation = pa_context_subscribe(context, pa_subscription_mask_t(events), nil, nil) {
                pa_operation_unref(operation)
            }
            if opening == nil { tell(.daemonReturned) }
            list()
        case PA_CONTEXT_FAILED, PA_CONTEXT_TERMINATED: disconnected()
        default: break
        }
    }

    /// The daemon is gone, or was never there.
    private func disconnected() {
        let code = context.map { pa_context_errno($0) } ?? 0
        let wasReady = if case .ready = link { true } else { false }
        // The context is let go of by the next tick: this may be its own callback.
        link = .down(retryAt: now &+ Self.retryInterval)
        mustRoute = true
        guard opening == nil else {
            let isAbsent = code == PA_ERR_CONNECTIONREFUSED.rawValue || code == PA_ERR_CONNECTIONTERMINATED.rawValue
            return fail(isAbsent ? .noDaemon : .refused(Int32(code)))
        }
        if wasReady { tell(.daemonLost) }
    }

    private func fail(_ error: AudioDeviceError) {
        opening?(.failure(error))
        opening = nil
    }

    private func dropContext() {
        for stream in streams.values { lose(stream) }
        streams = [:]
        guard let context else { return }
        self.context = nil
        defer { listing = nil }
        pa_context_set_state_callback(context, nil, nil)
        pa_context_set_subscribe_callback(context, nil, nil)
        pa_context_disconnect(context)
        pa_context_unref(context)
    }

    /// Ends everything. Idempotent.
    func close() {
        executor.checkIsolated()
        fail(.notOpen)
        timer?.cancel()
        timer = nil
        link = .closed
        for stream in streams.values { stream.close() }
        streams = [:]
        dropContext()
        if let loop { pa_glib_mainloop_free(loop) }
        loop = nil
    }

    // MARK: Devices

    /// Looks at the devices; once more when something changed meanwhile.
    private func list() {
        guard let context, listing == nil else {
            mustListAgain = true
            return
        }
        mustListAgain = false
        listing = PulseListing(context) { [weak self] devices in self?.listed(devices) }
    }

    private func listed(_ found: [AudioDeviceDescription]) {
        let finished = listing
        defer { withExtendedLifetime(finished) {} }
        listing = nil
        if found != devices {
            devices = found
            if opening == nil { tell(.devicesChanged(found)) }
        }
        for (kind, name) in departed where !has(kind, name) { tell(.lost(kind, name: name)) }
        departed = [:]
        if let opening {
            self.opening = nil
            if let error = unknownDevice() { return opening(.failure(error)) }
            opening(.success(()))
        }
        mustRoute = true
        if mustListAgain { list() }
    }

    /// A device that is named has to be there at the start; later it may come and go.
    private func unknownDevice() -> AudioDeviceError? {
        for kind in AudioDeviceKind.allCases {
            guard case .named(let name) = choice(of: kind) else { continue }
            if !has(kind, name) { return .unknownDevice(kind, name: name) }
        }
        return nil
    }

    private func has(_ kind: AudioDeviceKind, _ name: String) -> Bool {
        devices.contains { $0.kind == kind && $0.name == name }
    }

    private func choice(of kind: AudioDeviceKind) -> AudioDeviceChoice {
        switch kind {
        case .microphone: configuration.microphone
        case .loudspeaker: configuration.loudspeaker
        }
    }

    func choose(_ choice: AudioDeviceChoice, for kind: AudioDeviceKind) {
        switch kind {
        case .microphone: configuration.microphone = choice
        case .loudspeaker: configuration.loudspeaker = choice
        }
        mustRoute = true
    }

    // MARK: Streams

    /// Brings each direction to the device that it should be on.
    private func route() {
        mustRoute = false
        guard case .ready = link, let context, listing == nil || !devices.isEmpty else { return }
        for kind in AudioDeviceKind.allCases {
            let wanted = choice(of: kind).device(of: kind, in: devices)?.name
            if streams[kind] != nil, targets[kind] == .some(wanted) { continue }
            // The daemon moves streams with its default by itself: then nothing is left to do.
            if let stream = streams[kind], let wanted, stream.deviceName == wanted {
                targets[kind] = .some(wanted)
                continue
            }
            move(kind, to: wanted, context)
        }
    }

    private func move(_ kind: AudioDeviceKind, to wanted: String?, _ context: OpaquePointer) {
        // A device that fails as soon as it is opened is tried once a second.
        if let wanted, targets[kind] == nil, let last = attempts[kind], last.name == wanted,
            now &- last.time < 500_000_000
        {
            return
        }
        if let stream = streams.removeValue(forKey: kind) { drop(stream) }
        let before = targets.updateValue(wanted, forKey: kind)
        guard let wanted else {
            if let name = current.removeValue(forKey: kind) { leave(kind, name) }
            if before != .some(nil) { tell(.silent(kind)) }
            return
        }
        attempts[kind] = (wanted, now)
        streams[kind] = PulseStream(self, context, kind, target: wanted, configuration)
        if streams[kind] == nil { targets[kind] = nil }
    }

    private func drop(_ stream: PulseStream) {
        stream.close()
        if stream.kind == .loudspeaker { core.loudspeakerChanged() }
    }

    private func lose(_ stream: PulseStream) {
        drop(stream)
        if let name = current.removeValue(forKey: stream.kind) { tell(.lost(stream.kind, name: name)) }
    }

    /// The stream is up, or the daemon has moved it.
    func opened(_ stream: PulseStream) {
        let name = stream.deviceName ?? stream.target
        guard let before = current.updateValue(name, forKey: stream.kind) else {
            return tell(.opened(stream.kind, name: name))
        }
        guard before != name else { return }
        leave(stream.kind, before)
        tell(.opened(stream.kind, name: name))
    }

    /// Whether the other device is gone, or was only left, is known at the latest after the next look.
    private func leave(_ kind: AudioDeviceKind, _ name: String) {
        guard has(kind, name) else { return tell(.lost(kind, name: name)) }
        departed[kind] = name
        list()
    }

    /// The stream failed, or its device is gone. This is its own callback: what follows is the next tick's.
    func ended(_ stream: PulseStream) {
        guard streams[stream.kind] === stream else { return }
        targets[stream.kind] = nil
        mustRoute = true
        list()
    }

    func latency(of kind: AudioDeviceKind) -> Duration? { streams[kind]?.latency }
    func deviceName(of kind: AudioDeviceKind) -> String? { streams[kind]?.deviceName }

    // MARK: The tick

    /// Every 10 ms: silence where no device is, and what has to be done outside of callbacks.
    private func watch() {
        let now = self.now
        core.watch(at: now)
        ticks += 1
        if mustRoute { settle() }
        if ticks % 100 == 0 { everySecond() }
        guard ticks % 10 == 0 else { return }
        switch link {
        case .connecting(let since) where now &- since > Self.patience:
            fail(.timedOut)
            link = .down(retryAt: now &+ Self.retryInterval)
        case .down(let retryAt) where now >= retryAt && opening == nil:
            dropContext()
            connect()
        case .connecting, .down, .ready, .closed: break
        }
    }

    private func settle() {
        if case .down = link {
            mustRoute = false
            return dropContext()
        }
        for (kind, stream) in streams where targets[kind] == nil {
            lose(stream)
            streams[kind] = nil
        }
        route()
    }

    private func everySecond() {
        let refused = (core.captureKeeper.refused, core.playbackKeeper.refused)
        if refused.0 > refusedBefore.0 + 10 { tell(.implausibleClock(.microphone)) }
        if refused.1 > refusedBefore.1 + 10 { tell(.implausibleClock(.loudspeaker)) }
        refusedBefore = refused
        if streams.count < AudioDeviceKind.allCases.count { mustRoute = true }
        core.latencyIs(playback: latency(of: .loudspeaker), capture: latency(of: .microphone))
    }
}
