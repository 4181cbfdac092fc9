import Glibc
import Rapport
import RapportAudio
import RapportBase
import RapportICE
import RapportNegotiation
import Synchronization
import Testing

@testable import RapportDevices

/// The whole loop with real clocks: far end, loudspeaker, room, microphone, canceller.
@Suite(
    "Loop through a daemon and a room", .serialized, .enabled(if: SoundDaemon.isInstalled && Build.isOptimised),
    .timeLimit(.minutes(3)))
struct LoopTests {
    /// Marks, dB: reduction of the echo once it is learnt; the person's gain alone and in double talk. They show a loop that
    /// is broken; how good the canceller is, the sound bench judges.
    static let leastReduction = 40.0
    static let nearGain = -2.0...2.0
    static let doubleTalkGain = -3.0...2.0

    @Test("the far end's echo is removed, the person in the room is heard, and nothing is lost")
    func loop() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("speaker"), SoundDaemon.nullSink("air")])
        defer { daemon.stop() }
        let room = try await Room.open(
            daemon, speaker: "speaker", microphone: "air", talker: try Speech.fixture("voice-client"))
        let device = AudioDevice(configuration: configuration(daemon))
        let log = EventLog(device)
        let far = FarEnd(try Speech.fixture("voice-clinician"))
        _ = await Talker.make(device) { far.next() }
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "air.monitor"))
        let sent = await Listener.make(device)
        try await sent.wait(seconds: 1)

        await onAudioThread { far.isTalking = true }
        // By the chance of the clocks about one run of eight stays below the mark: docs/design/echo.md.
        try await sent.wait(seconds: 10)
        let echo = try await measure(sent, room, seconds: 5)
        let learnt = await device.statistics().echo
        await room.setTalking(true)
        let both = try await measure(sent, room, seconds: 5)
        await onAudioThread { far.isTalking = false }
        try await sent.wait(seconds: 0.5)
        let near = try await measure(sent, room, seconds: 4)

        let statistics = await device.statistics(), roomStatistics = await room.statistics
        let linear = learnt?.linearERLE ?? 0, delay = learnt?.delay ?? .zero
        print(
            "echo reduction \(echo.reduction) dB (linear \(linear)), delay \(delay), drift \(learnt?.drift ?? 0) ppm;",
            "person \(near.gain) dB alone (likeness \(near.likeness)), \(both.gain) dB in double talk (\(both.likeness));",
            "latency: playback \(statistics.playbackLatency ?? .zero), capture \(statistics.captureLatency ?? .zero);",
            "underflows \(statistics.underflows), overflows \(statistics.overflows), late \(statistics.lateSamples),",
            "missing \(statistics.missingBlocks), slips \(statistics.referenceSlips);",
            "the room's own: \(roomStatistics.underflows), \(roomStatistics.missingBlocks)")
        #expect(echo.reduction >= Self.leastReduction)
        #expect(Self.nearGain.contains(near.gain) && near.likeness > 0.8)
        #expect(Self.doubleTalkGain.contains(both.gain) && both.likeness > 0.8)
        #expect(learnt?.state == .converged && statistics.referenceSlips <= 2)
        #expect(statistics.playbackLatency != nil && statistics.captureLatency != nil)
        #expect(statistics.underflows + statistics.overflows <= 3 && statistics.standInBlocks <= 5)
        await device.close()
        await room.close()
    }

    private func configuration(_ daemon: SoundDaemon) -> AudioDeviceConfiguration {
        var configuration = AudioDeviceConfiguration()
        configuration.server = daemon.server
        // The gain control would be measured along with the canceller.
        configuration.voiceProcessing?.autoGainControl = false
        (configuration.microphone, configuration.loudspeaker) = (.named("air.monitor"), .named("speaker"))
        return configuration
    }

    private struct Measure {
        /// Of the microphone's sound over what is sent of it, dB.
        var reduction: Double
        /// Of the person in what is sent, dB, and how alike the two are where they fit best.
        var gain: Double
        var likeness: Double
    }

    /// What becomes of the next seconds.
    private func measure(_ sent: Listener, _ room: Room, seconds: Double) async throws -> Measure {
        try await sent.wait(seconds: seconds)
        let output = await sent.samples
        let (heard, spoken) = await onAudioThread { (room.heard, room.spoken) }
        let count = Int(seconds * 48_000)
        let (out, microphone) = (output.suffix(count), heard.suffix(count))
        let reduction = 10 * log10(Speech.energy(microphone) / Speech.energy(out))
        let fit = Fit(of: Array(spoken.suffix(count)), in: Array(output.suffix(count)))
        return Measure(reduction: reduction, gain: fit.gain, likeness: fit.likeness)
    }

    @Test("in a call each side hears the other through the devices, and the far end not itself")
    func call() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("speaker"), SoundDaemon.nullSink("air")])
        defer { daemon.stop() }
        let room = try await Room.open(
            daemon, speaker: "speaker", microphone: "air", talker: try Speech.fixture("voice-client"))
        let device = AudioDevice(configuration: configuration(daemon))
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "air.monitor"))
        let far = FarSide(try Speech.fixture("voice-clinician"))
        let call = try await TwoSides.connect(device, far)
        let sent = await Listener.make(device)
        try await sent.wait(seconds: 6)
        let echoed = try await far.level(over: 4)
        let inRoom = await onAudioThread { 10 * log10(Speech.energy(room.heard.suffix(4 * 48_000)) / (4 * 48_000)) }
        await room.setTalking(true)
        let heard = try await far.level(over: 4)
        let statistics = await device.statistics(), report = await call.near.connection.statistics()
        print("the room's sound \(inRoom) dB, of it returned \(echoed) dB; the person \(heard) dB")
        #expect(inRoom - echoed > 25)
        #expect(heard > echoed + 20)
        #expect(statistics.playedLevel.peak > -30)
        #expect(report.outbound(.audio)?.rapportEcho?.isEmpty == false)
        await call.close()
        await device.close()
        await room.close()
    }
}

/// Speech block by block, or silence; on the audio thread only.
final class FarEnd: @unchecked Sendable {
    var isTalking = false
    private let speech: [Int16]
    private var place = 0

    init(_ speech: [Int16]) { self.speech = speech }

    func next() -> [Int16] {
        guard isTalking else { return [Int16](repeating: 0, count: 480) }
        if place + 480 > speech.count { place = 0 }
        defer { place += 480 }
        return Array(speech[place..<place + 480])
    }
}

/// Where and how strongly one sound is in another: the lag of 0 to 200 ms at which they are most alike.
struct Fit {
    private(set) var gain = -120.0
    private(set) var likeness = 0.0

    /// At a sixth of the rate, which is enough for a voice and its lag.
    init(of sound: [Int16], in mix: [Int16]) {
        let a = Self.thin(sound), b = Self.thin(mix)
        let energy = a.reduce(1e-6) { $0 + $1 * $1 }
        var best = 0.0
        for lag in -400...1_600 {
            var product = 0.0
            for index in max(0, -lag)..<min(a.count, b.count - max(lag, 0)) where index + lag < b.count {
                product += a[index] * b[index + lag]
            }
            best = max(best, product)
        }
        let other = b.reduce(1e-6) { $0 + $1 * $1 }
        gain = 20 * log10(max(best / energy, 1e-6))
        likeness = best / (energy * other).squareRoot()
    }

    private static func thin(_ samples: [Int16]) -> [Double] {
        stride(from: 0, to: samples.count - 5, by: 6).map { start in
            samples[start..<start + 6].reduce(0.0) { $0 + Double($1) } / 6
        }
    }
}

/// The person at the other end of a call: speaks from a file and listens.
final class FarSide: AudioSink {
    private struct State {
        var heard: [Int16] = []
        var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    let speech: [Int16]

    init(_ speech: [Int16]) { self.speech = speech }

    func play(_ frame: AudioFrame) {
        let ready = state.withLock { state in
            state.heard += frame.samples
            let ready = state.waiters.filter { $0.0 <= state.heard.count }
            state.waiters.removeAll { $0.0 <= state.heard.count }
            return ready
        }
        for waiter in ready { waiter.1.resume() }
    }

    /// Of the next seconds, mean power in dB of one step.
    func level(over seconds: Double) async throws -> Double {
        let count = Int(seconds * 48_000)
        let goal = state.withLock { $0.heard.count } + count
        try await within(.seconds(30), "\(seconds) s of the other side's sound") {
            await withCheckedContinuation { continuation in
                let isThere = self.state.withLock { state in
                    guard state.heard.count < goal else { return true }
                    state.waiters.append((goal, continuation))
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
        let samples = state.withLock { Array($0.heard[(goal - count)..<goal]) }
        return 10 * log10(Speech.energy(samples) / Double(count))
    }
}

/// Two peers on this machine: one with devices, one with a file.
struct TwoSides {
    let near: PeerBridge
    let far: PeerBridge
    let tasks: [Task<Void, Never>]

    static func connect(_ device: AudioDevice, _ other: FarSide) async throws -> TwoSides {
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        let (toFar, toNear) = (SignalingQueue(), SignalingQueue())
        let near = try await PeerBridge(configuration: configuration, isPolite: true, channel: toFar)
        let far = try await PeerBridge(configuration: configuration, isPolite: false, channel: toNear)
        let sink = await device.makeSink()
        let nearTransceiver = try await near.connection.addTrack(.audio(device.makeSource()))
        try await near.connection.setSink(sink, of: nearTransceiver)
        let farTransceiver = try await far.connection.addTrack(.audio(FileSource(speech: other.speech)))
        try await far.connection.setSink(other, of: farTransceiver)
        let tasks = [
            Task { for await message in toFar.messages { await far.receive(message) } },
            Task { for await message in toNear.messages { await near.receive(message) } },
            Task { for await _ in far.events {} },
        ]
        await near.start(waitsForOffer: true)
        await far.start()
        try await within(.seconds(20), "a connection") {
            for await event in near.events {
                if case .connectionStateChanged(.connected) = event { return }
            }
        }
        return TwoSides(near: near, far: far, tasks: tasks)
    }

    func close() async {
        await near.close()
        await far.close()
        for task in tasks { task.cancel() }
    }
}

struct FileSource: AudioSource {
    let speech: [Int16]
    private var place = 0

    init(speech: [Int16]) { self.speech = speech }

    mutating func read() -> AudioFrame? {
        if place + 480 > speech.count { place = 0 }
        defer { place += 480 }
        return AudioFrame(samples: Array(speech[place..<place + 480]))
    }
}
