import Foundation
import Glibc
import Rapport
import RapportICE
import Testing

@testable import RapportDevices

/// Real devices of a real daemon, without voice processing: what is heard is what was played.
@Suite("Devices of a daemon", .serialized, .enabled(if: SoundDaemon.isInstalled), .timeLimit(.minutes(2)))
struct AudioDeviceTests {
    private func configuration(
        _ daemon: SoundDaemon, microphone: AudioDeviceChoice = .standard, loudspeaker: AudioDeviceChoice = .standard
    ) -> AudioDeviceConfiguration {
        var configuration = AudioDeviceConfiguration()
        configuration.server = daemon.server
        configuration.voiceProcessing = nil
        (configuration.microphone, configuration.loudspeaker) = (microphone, loudspeaker)
        return configuration
    }

    @Test("devices are listed with names, words, default and monitor")
    func list() async throws {
        let daemon = try await SoundDaemon.start([
            SoundDaemon.nullSink("box"), SoundDaemon.nullSink("room") + " sink_properties=device.description=Room",
            "module-null-source source_name=desk rate=44100",
        ])
        defer { daemon.stop() }
        daemon.command("set-default-sink room")
        daemon.command("set-default-source desk")
        let device = AudioDevice(configuration: configuration(daemon, microphone: .none, loudspeaker: .none))
        let log = EventLog(device)
        try await device.open()
        // The commands may come after the first look: then a change is told.
        if await device.devices.first(where: { $0.name == "desk" })?.isDefault != true {
            try await log.wait(forDevices: { devices in devices.first { $0.name == "desk" }?.isDefault == true })
        }
        let devices = await device.devices
        #expect(devices.count == 5)
        let box = devices.first { $0.name == "box" }, room = devices.first { $0.name == "room" }
        let monitor = devices.first { $0.name == "box.monitor" }, desk = devices.first { $0.name == "desk" }
        #expect(box?.kind == .loudspeaker && box?.isDefault == false && box?.channels == 1)
        #expect(room?.isDefault == true && room?.text.contains("Room") == true)
        #expect(monitor?.kind == .microphone && monitor?.isMonitor == true)
        #expect(desk?.isDefault == true && desk?.isMonitor == false && desk?.sampleRate == 44_100)
        await device.close()
        let again = try await AudioDevice.devices(server: daemon.server)
        #expect(again == devices)
    }

    @Test("without a daemon there is a typed error in plain words, at once")
    func noDaemon() async throws {
        var configuration = AudioDeviceConfiguration()
        configuration.server = "unix:/nonexistent/rapport-test/native"
        configuration.voiceProcessing = nil
        let device = AudioDevice(configuration: configuration)
        let error = await #expect(throws: AudioDeviceError.self) {
            try await within(.seconds(2), "an error") { try await device.open() }
        }
        #expect(error == .noDaemon)
        #expect(error?.description.contains("pulseaudio --start") == true)
        await #expect(throws: AudioDeviceError.noDaemon) {
            _ = try await AudioDevice.devices(server: configuration.server)
        }
    }

    @Test("a name that is not there is told at the start")
    func unknown() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box")])
        defer { daemon.stop() }
        let device = AudioDevice(configuration: configuration(daemon, microphone: .none, loudspeaker: .named("bax")))
        await #expect(throws: AudioDeviceError.unknownDevice(.loudspeaker, name: "bax")) { try await device.open() }
    }

    /// A device, open, that plays noise into a box and hears the box's monitor.
    private func openLoop(
        _ daemon: SoundDaemon, _ noise: NoiseBox, skippingEvery period: Int
    ) async throws -> (AudioDevice, Tape, Listener) {
        let device = AudioDevice(
            configuration: configuration(daemon, microphone: .named("box.monitor"), loudspeaker: .named("box")))
        let tape = Tape()
        let core = device.core
        await onAudioThread {
            core.onPlayed = { tape.played += Array($0) }
            core.onReference = { tape.given += $0 }
        }
        _ = await Talker.make(device) { noise.next(skippingEvery: period) }
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "box.monitor"))
        return (device, tape, await Listener.make(device))
    }

    @Test("what the canceller is given is what was played, sample for sample, underflows included")
    func exact() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box")])
        defer { daemon.stop() }
        let (device, tape, listener) = try await openLoop(daemon, NoiseBox(seed: 11), skippingEvery: 23)
        try await listener.wait(seconds: 4)
        let statistics = await device.statistics()
        await device.close()
        let (played, given) = await onAudioThread { (tape.played, tape.given) }
        let heard = await listener.samples
        #expect(statistics.referenceSlips == 0)
        #expect(statistics.missingBlocks > 3 && statistics.overflows == 0)
        try compare(played, given, name: "reference")
        // The null sink's monitor is the loudspeaker's own word on what was played.
        if statistics.underflows == 0 { try compare(played, heard, name: "monitor") }
        #expect(statistics.captureLatency != nil && statistics.playbackLatency != nil)
        print(
            "latency: playback \(statistics.playbackLatency ?? .zero), capture \(statistics.captureLatency ?? .zero);",
            "underflows \(statistics.underflows), overflows \(statistics.overflows), late \(statistics.lateSamples),",
            "missing \(statistics.missingBlocks)")
    }

    /// From the first sound on both are the same, silence within them included.
    private func compare(_ played: [Int16], _ other: [Int16], name: String) throws {
        let from = try #require(other.firstIndex { $0 != 0 })
        let probe = Array(other[from..<from + 480])
        let start = try #require(
            played.indices.first { $0 + 480 <= played.count && played[$0..<$0 + 480] == probe[...] })
        let overlap = min(other.count - from, played.count - start)
        let difference = (0..<overlap).first { other[from + $0] != played[start + $0] }
        #expect(
            overlap > 3 * 48_000 && difference == nil,
            "\(name): \(overlap) samples, first difference at \(difference ?? -1)")
        let silent = other[from..<from + overlap].count { $0 == 0 }
        #expect(silent >= 3 * 480, "\(name): no gap was in it")
    }

    @Test("a program that stood still plays silence meanwhile, and its time line goes on")
    func late() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box")])
        defer { daemon.stop() }
        let (device, tape, listener) = try await openLoop(daemon, NoiseBox(seed: 12), skippingEvery: .max)
        try await listener.wait(seconds: 1)
        await onAudioThread {
            let end = MediaExecutors.audio.now + 120_000_000
            while MediaExecutors.audio.now < end {}
        }
        try await listener.wait(seconds: 1)
        let statistics = await device.statistics()
        await device.close()
        let heard = await listener.samples
        let given = await onAudioThread { tape.given }
        #expect(statistics.lateSamples > 1_000 && statistics.lateSamples < 9_600, "\(statistics.lateSamples)")
        let before = lag(given, heard, around: 24_000)
        // A busy machine may have lost a block just there: a few places behind the halt are tried.
        let after = (0..<10).lazy.compactMap { lag(given, heard, around: heard.count - 14_400 - $0 * 1_440) }.first
        #expect(before != nil && after != nil)
        // Where silence stood in for the microphone as well, reading had to find its place anew.
        let shift = statistics.referenceSlips == 0 ? 480 : RenderReference.usualHold + 1_440
        if let before, let after { #expect(abs(before - after) <= shift, "\(before), \(after)") }
    }

    /// By how much `heard` is behind `given` there.
    private func lag(_ given: [Int16], _ heard: [Int16], around place: Int) -> Int? {
        let probe = Array(heard[place..<place + 240])
        let found = given.indices.first {
            $0 + 240 <= given.count && given[$0] == probe[0] && given[$0..<$0 + 240] == probe[...]
        }
        return found.map { place - $0 }
    }

    @Test("a device that vanishes gives way to the default, and is taken again when it comes back")
    func hotPlug() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box"), SoundDaemon.nullSink("headset")])
        defer { daemon.stop() }
        let device = AudioDevice(
            configuration: configuration(
                daemon, microphone: .named("headset.monitor"), loudspeaker: .named("headset")))
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.loudspeaker, name: "headset"))
        let listener = await Listener.make(device)
        try await listener.wait(seconds: 0.3)
        // Modules are numbered in the order in which they were loaded: command line, protocol, box, headset.
        daemon.command("unload-module 3")
        try await log.wait(for: .lost(.loudspeaker, name: "headset"))
        // Sound goes on, silent, while nothing is there: a second of it takes a second.
        let start = MediaExecutors.audio.now
        try await listener.wait(seconds: 1)
        #expect(MediaExecutors.audio.now - start < 2_000_000_000)
        daemon.command("load-module " + SoundDaemon.nullSink("headset"))
        try await log.wait(for: .opened(.loudspeaker, name: "headset"))
        try await log.wait(for: .opened(.microphone, name: "headset.monitor"))
        #expect(await device.statistics().standInBlocks > 50)
        await device.close()
    }

    @Test("when the default changes the sound goes there")
    func defaultChanges() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box"), SoundDaemon.nullSink("tv")])
        defer { daemon.stop() }
        daemon.command("set-default-sink box")
        let device = AudioDevice(configuration: configuration(daemon, microphone: .named("tv.monitor")))
        let noise = NoiseBox(seed: 13)
        _ = await Talker.make(device) { noise.next(skippingEvery: .max) }
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "tv.monitor"))
        daemon.command("set-default-sink tv")
        try await log.wait(forDevices: { devices in devices.first { $0.name == "tv" }?.isDefault == true })
        let listener = await Listener.make(device)
        // The monitor of the new default hears it.
        try await within(.seconds(5), "sound at the new default") {
            var isHeard = false
            while !isHeard {
                try await listener.wait(seconds: 0.1)
                isHeard = await listener.samples.suffix(480).allSatisfy { $0 != 0 }
            }
        }
        #expect(await device.statistics().loudspeaker == "tv")
        await device.close()
    }

    @Test("another device of another rate is taken in the middle of a call, and sounds as loud within two seconds")
    func otherRate() async throws {
        let daemon = try await SoundDaemon.start([
            SoundDaemon.nullSink("box"), "module-null-sink sink_name=odd rate=32000 channels=2 norewinds=1",
        ])
        defer { daemon.stop() }
        let device = AudioDevice(
            configuration: configuration(daemon, microphone: .named("box.monitor"), loudspeaker: .named("box")))
        let tone = ToneBox()
        _ = await Talker.make(device) { tone.next() }
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "box.monitor"))
        let listener = await Listener.make(device)
        try await listener.wait(seconds: 1)
        let before = Speech.energy(await listener.samples.suffix(4_800))
        await device.choose(.named("odd"), for: .loudspeaker)
        await device.choose(.named("odd.monitor"), for: .microphone)
        try await log.wait(for: .opened(.microphone, name: "odd.monitor"))
        try await listener.wait(seconds: 2)
        let after = Speech.energy(await listener.samples.suffix(4_800))
        let statistics = await device.statistics()
        #expect(abs(10 * log10(after / before)) < 1)
        #expect(statistics.refusedBlocks == 0 && statistics.loudspeaker == "odd")
        await device.close()
    }

    @Test("a daemon that dies is missed and found again; meanwhile there is silence")
    func daemonDies() async throws {
        let daemon = try await SoundDaemon.start([SoundDaemon.nullSink("box")])
        let device = AudioDevice(
            configuration: configuration(daemon, microphone: .named("box.monitor"), loudspeaker: .named("box")))
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "box.monitor"))
        let listener = await Listener.make(device)
        try await listener.wait(seconds: 0.2)
        daemon.stop(keepingFolder: true)
        try await log.wait(for: .daemonLost)
        try await listener.wait(seconds: 0.5)
        let second = try await SoundDaemon.start([SoundDaemon.nullSink("box")], in: daemon.folder)
        defer { second.stop() }
        try await log.wait(for: .daemonReturned)
        try await log.wait(for: .opened(.microphone, name: "box.monitor"))
        try await listener.wait(seconds: 0.2)
        await device.close()
    }

    @Test("a microphone at twice its rate is held to time, and is right within two seconds when it is right again")
    func doubledClock() async throws {
        let pipe = FileManager.default.temporaryDirectory.appending(path: "rapport-\(UUID().uuidString).pipe").path
        let daemon = try await SoundDaemon.start([
            SoundDaemon.nullSink("box"),
            "module-pipe-source source_name=odd file=\(pipe) rate=48000 channels=1 format=s16le",
        ])
        defer { daemon.stop() }
        let device = AudioDevice(
            configuration: configuration(daemon, microphone: .named("odd"), loudspeaker: .named("box")))
        let log = EventLog(device)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: "odd"))
        let feeder = PipeFeeder(pipe)
        let listener = await Listener.make(device)
        try await listener.wait(seconds: 0.5)
        let start = MediaExecutors.audio.now
        let before = await listener.count
        feeder.setRate(2)
        try await log.wait(for: .implausibleClock(.microphone))
        let seconds = Double(MediaExecutors.audio.now - start) / 1e9
        let heard = Double(await listener.count - before) / 48_000
        #expect(heard < seconds * 1.05 + 0.25, "\(heard) s in \(seconds) s")
        feeder.setRate(1)
        try await listener.wait(seconds: 2)
        let refused = await device.statistics().refusedBlocks
        try await listener.wait(seconds: 1)
        #expect(await device.statistics().refusedBlocks - refused <= 3)
        feeder.stop()
        await device.close()
    }
}

/// Written and read on the audio thread only.
final class Tape: @unchecked Sendable {
    var played: [Int16] = []
    var given: [Int16] = []
}

/// Noise block by block; on the audio thread only.
final class NoiseBox: @unchecked Sendable {
    private var noise: Noise
    private var count = 0

    init(seed: UInt64) { noise = Noise(seed: seed) }

    func next(skippingEvery period: Int) -> [Int16]? {
        count += 1
        return count % period == 0 ? nil : noise.block()
    }
}

/// A tone of 400 Hz block by block; on the audio thread only.
final class ToneBox: @unchecked Sendable {
    private var place = 0

    func next() -> [Int16] {
        defer { place += 480 }
        return (0..<480).map { Int16(8_000 * sin(2 * .pi * 400 * Double(place + $0) / 48_000)) }
    }
}

/// Writes a ramp into a named pipe at a multiple of 48 kHz, from a thread of its own.
final class PipeFeeder: @unchecked Sendable {
    // Unchecked: the rate is one word, guarded by the lock.
    private let lock = NSLock()
    private var rate = 1

    init(_ path: String) {
        let descriptor = open(path, O_WRONLY)
        let thread = Thread { self.feed(descriptor) }
        thread.start()
    }

    func setRate(_ rate: Int) { lock.withLock { self.rate = rate } }
    func stop() { setRate(0) }

    private func feed(_ descriptor: CInt) {
        var next = MediaExecutors.audio.now
        var value: Int16 = 1
        while case let rate = lock.withLock({ self.rate }), rate > 0 {
            var samples = [Int16](repeating: 0, count: 480 * rate)
            for index in samples.indices { (samples[index], value) = (value, value &+ 1) }
            let bytes = samples.count * 2
            guard samples.withUnsafeBytes({ write(descriptor, $0.baseAddress, bytes) }) == bytes else { break }
            next += 10_000_000
            var due = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nil)
        }
        close(descriptor)
    }
}
