import Rapport
import RapportICE

/// A microphone and a loudspeaker for calls, through PulseAudio's API, which PipeWire serves too.
///
/// It lives on the connections' audio thread, where libpulse's loop runs as well: a block from the microphone is
/// cancelled, handed to the connections and encoded without a queue or a lock in between, and each connection is
/// asked for the next block of its peer's sound when the loudspeaker takes one.
public actor AudioDevice {
    private nonisolated let executor: GLibExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// What happens to the devices; ends when the device is closed. For one reader.
    public nonisolated let events: AsyncStream<AudioDeviceEvent>
    nonisolated let core: DeviceCore
    private let engine: PulseEngine
    private let tell: AsyncStream<AudioDeviceEvent>.Continuation

    public init(configuration: AudioDeviceConfiguration = .init()) {
        let executor = MediaExecutors.audio
        let (events, tell) = AsyncStream.makeStream(
            of: AudioDeviceEvent.self, bufferingPolicy: .bufferingNewest(256))
        let core = DeviceCore(voice: configuration.voiceProcessing)
        (self.executor, self.events, self.tell, self.core) = (executor, events, tell, core)
        engine = PulseEngine(configuration, core: core, executor: executor) { tell.yield($0) }
    }

    deinit {
        let (engine, tell) = (engine, tell)
        executor.perform { engine.close() }
        tell.finish()
    }

    /// Connects to the daemon and opens the devices that were chosen.
    /// - Throws: `noDaemon`, `refused`, `timedOut`, `unknownDevice` for a name that is not there, `notOpen` when it was
    ///   opened before.
    public func open() async throws(AudioDeviceError) {
        let result = await withCheckedContinuation { continuation in
            engine.open { continuation.resume(returning: $0) }
        }
        do { try result.get() } catch {
            close()
            throw error
        }
    }

    /// Lets go of the devices. Idempotent.
    public func close() {
        engine.close()
        tell.finish()
    }

    /// The devices there are, as of the last event.
    public var devices: [AudioDeviceDescription] { engine.devices }

    /// The devices there are, asked of the daemon at `server` (nil for the environment's).
    public static func devices(server: String? = nil) async throws(AudioDeviceError) -> [AudioDeviceDescription] {
        var configuration = AudioDeviceConfiguration()
        (configuration.microphone, configuration.loudspeaker) = (.none, .none)
        configuration.voiceProcessing = nil
        configuration.server = server
        let device = AudioDevice(configuration: configuration)
        try await device.open()
        let found = await device.devices
        await device.close()
        return found
    }

    /// Takes another device, now.
    public func choose(_ choice: AudioDeviceChoice, for kind: AudioDeviceKind) { engine.choose(choice, for: kind) }

    /// The microphone's sound as one connection's source.
    public nonisolated func makeSource() -> MicrophoneSource { MicrophoneSource(core: core) }

    /// A way to the loudspeaker for one remote person's sound; all that exist are mixed.
    public func makeSink() -> LoudspeakerSink { core.makeSink() }

    /// The person has gone.
    public func remove(_ sink: LoudspeakerSink) { core.remove(sink) }

    /// Sends digital silence while true; the canceller goes on learning.
    public func setMuted(_ isMuted: Bool) { core.isMuted = isMuted }

    public func statistics() -> AudioDeviceStatistics {
        var statistics = core.summary()
        statistics.microphone = engine.deviceName(of: .microphone)
        statistics.loudspeaker = engine.deviceName(of: .loudspeaker)
        statistics.captureLatency = engine.latency(of: .microphone)
        statistics.playbackLatency = engine.latency(of: .loudspeaker)
        return statistics
    }
}
