import Foundation
import Glibc
import Rapport
import RapportBase
import RapportICE
import RapportTestMedia
import Synchronization

@testable import RapportDevices

/// A wait that took too long.
struct TooLate: Error, CustomStringConvertible {
    var description: String
}

/// Runs `body` on the audio thread.
func onAudioThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        MediaExecutors.audio.perform { continuation.resume(returning: body()) }
    }
}

/// Waits for `body`, at most `limit`; a body that never ends is left behind.
func within<Value: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let first = FirstResult<Value>(continuation)
        let limiter = Task {
            try await ContinuousClock().sleep(for: limit)
            first.take(.failure(TooLate(description: "\(what): not within \(limit)")))
        }
        Task {
            do { first.take(.success(try await body())) } catch { first.take(.failure(error)) }
            limiter.cancel()
        }
    }
}

/// Hands on the first result it is given.
final class FirstResult<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) { self.continuation = Mutex(continuation) }

    func take(_ result: Result<Value, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}

/// What a device told, to be waited for.
actor EventLog {
    private(set) var events: [AudioDeviceEvent] = []
    /// Those that were not waited for yet.
    private var fresh: [AudioDeviceEvent] = []
    private var waiters: [(AudioDeviceEvent, CheckedContinuation<Void, Never>)] = []
    private var deviceWaiters: [(@Sendable ([AudioDeviceDescription]) -> Bool, CheckedContinuation<Void, Never>)] = []

    init(_ device: AudioDevice) {
        Task { for await event in device.events { await self.add(event) } }
    }

    private func add(_ event: AudioDeviceEvent) {
        events.append(event)
        if case .devicesChanged(let devices) = event {
            for index in deviceWaiters.indices.reversed() where deviceWaiters[index].0(devices) {
                deviceWaiters.remove(at: index).1.resume()
            }
        }
        if let index = waiters.firstIndex(where: { $0.0 == event }) {
            waiters.remove(at: index).1.resume()
        } else {
            fresh.append(event)
        }
    }

    /// Returns when `event` was told once more than it was waited for.
    func wait(for event: AudioDeviceEvent) async throws {
        try await within(.seconds(10), "\(event)") { await self.next(event) }
    }

    /// Returns when the devices are told to be as `isWanted` says.
    func wait(forDevices isWanted: @escaping @Sendable ([AudioDeviceDescription]) -> Bool) async throws {
        try await within(.seconds(10), "other devices") {
            await withCheckedContinuation { continuation in Task { await self.next(isWanted, continuation) } }
        }
    }

    private func next(
        _ isWanted: @escaping @Sendable ([AudioDeviceDescription]) -> Bool, _ done: CheckedContinuation<Void, Never>
    ) {
        for case .devicesChanged(let devices) in events where isWanted(devices) { return done.resume() }
        deviceWaiters.append((isWanted, done))
    }

    private func next(_ event: AudioDeviceEvent) async {
        if let index = fresh.firstIndex(of: event) {
            fresh.remove(at: index)
            return
        }
        await withCheckedContinuation { waiters.append((event, $0)) }
    }
}

/// Hears every block of a device's microphone, and may do something with each.
final class Listener: @unchecked Sendable {
    // Unchecked: on the audio thread only.
    private(set) var heard: [Int16] = []
    private var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
    private let core: DeviceCore
    private let act: (AudioFrame) -> Void

    private init(_ core: DeviceCore, _ act: @escaping (AudioFrame) -> Void) { (self.core, self.act) = (core, act) }

    static func make(
        _ device: AudioDevice, _ act: @escaping @Sendable (AudioFrame) -> Void = { _ in }
    ) async -> Listener {
        let core = device.core
        return await onAudioThread {
            let listener = Listener(core, act)
            listener.heard.reserveCapacity(48_000 * 60)
            core.captureBeat.add(listener) { listener.take() }
            return listener
        }
    }

    private func take() {
        heard.append(contentsOf: core.block.samples)
        act(core.block)
        for index in waiters.indices.reversed() where waiters[index].0 <= heard.count {
            waiters.remove(at: index).1.resume()
        }
    }

    func leave() async { await onAudioThread { self.core.captureBeat.remove(self) } }

    var count: Int { get async { await onAudioThread { self.heard.count } } }
    var samples: [Int16] { get async { await onAudioThread { self.heard } } }

    /// Returns when `seconds` more were heard.
    func wait(seconds: Double) async throws {
        let goal = await count + Int(seconds * 48_000)
        try await within(.seconds(10 + 2 * seconds), "\(seconds) s of sound") {
            await withCheckedContinuation { continuation in
                MediaExecutors.audio.perform {
                    if self.heard.count >= goal { return continuation.resume() }
                    self.waiters.append((goal, continuation))
                }
            }
        }
    }
}

/// A remote person in place of a connection: answers each beat of a loudspeaker with the next block.
final class Talker: @unchecked Sendable {
    // Unchecked: on the audio thread only.
    private let sink: LoudspeakerSink
    private var next: () -> [Int16]?
    private(set) var blocks = 0

    private init(_ sink: LoudspeakerSink, _ next: @escaping () -> [Int16]?) { (self.sink, self.next) = (sink, next) }

    /// `next` gives a block, or nil where none comes in time.
    static func make(_ device: AudioDevice, _ next: @escaping @Sendable () -> [Int16]?) async -> Talker {
        let sink = await device.makeSink()
        return await onAudioThread {
            let talker = Talker(sink, next)
            sink.beat?.add(talker) { talker.speak() }
            return talker
        }
    }

    private func speak() {
        guard let block = next() else { return }
        blocks += 1
        sink.play(AudioFrame(samples: block))
    }
}

/// Seeded noise in 16 bits: every stretch of it can be told from every other.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func sample(_ amplitude: Int) -> Int16 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let value = Int(truncatingIfNeeded: state % UInt64(2 * amplitude)) - amplitude
        // Never zero: a zero is silence, and nothing else is.
        return Int16(value == 0 ? 1 : value)
    }

    mutating func block(_ amplitude: Int = 8_000) -> [Int16] { (0..<480).map { _ in sample(amplitude) } }
}

enum Speech {
    /// A voice of the fixtures at 48 kHz.
    static func fixture(_ name: String) throws -> [Int16] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = try [UInt8](Data(contentsOf: root.appending(path: "Fixtures/\(name).wav")))
        let samples = try WAVFile(parsing: bytes).samples
        // From 16 kHz by straight lines: dull, as a voice is.
        return samples.indices.dropLast().flatMap { index -> [Int16] in
            let (a, b) = (Int(samples[index]), Int(samples[index + 1]))
            return [Int16(a), Int16((2 * a + b) / 3), Int16((a + 2 * b) / 3)]
        }
    }

    static func energy(_ samples: some Sequence<Int16>) -> Double {
        samples.reduce(1e-6) { $0 + Double($1) * Double($1) }
    }
}
