import Rapport
import RapportBase
import RapportICE

@testable import RapportDevices

/// A room with a loudspeaker, a microphone and somebody in it, over a second pair of devices of the same daemon: hears
/// what the loudspeaker plays, and lets the microphone hear it, late, in 60 reflections, with the talker and some noise.
final class Room: @unchecked Sendable {
    // Unchecked: on the audio thread only.
    static let delay = 35 * 48
    static let tail = 60 * 48

    private let device: AudioDevice
    private let sink: LoudspeakerSink
    private let taps: [(place: Int, gain: Float)]
    private var history = [Float](repeating: 0, count: Room.delay + Room.tail + 480)
    private var noise = Noise(seed: 77)
    private let talker: [Int16]
    private var isTalking = false
    private var said = 0
    /// What the microphone heard and what the person said, block by block.
    private(set) var heard: [Int16] = []
    private(set) var spoken: [Int16] = []

    private init(_ device: AudioDevice, _ sink: LoudspeakerSink, talker: [Int16]) {
        (self.device, self.sink, self.talker) = (device, sink, talker)
        var noise = Noise(seed: 4)
        taps = (0..<60).map { index in
            let place = Self.delay + (index == 0 ? 0 : abs(Int(noise.sample(Self.tail))) % Self.tail)
            let decay = Float(Self.delay + Self.tail - place) / Float(Self.tail)
            return (place, index == 0 ? 0.35 : Float(noise.sample(1_000)) / 1_000 * 0.12 * decay * decay)
        }
    }

    /// The loudspeaker plays into `speaker`; the microphone is the monitor of `microphone`.
    static func open(
        _ daemon: SoundDaemon, speaker: String, microphone: String, talker: [Int16]
    ) async throws -> Room {
        var configuration = AudioDeviceConfiguration()
        configuration.server = daemon.server
        configuration.voiceProcessing = nil
        (configuration.microphone, configuration.loudspeaker) = (.named(speaker + ".monitor"), .named(microphone))
        let device = AudioDevice(configuration: configuration)
        let log = EventLog(device)
        let room = Room(device, await device.makeSink(), talker: talker)
        try await device.open()
        try await log.wait(for: .opened(.microphone, name: speaker + ".monitor"))
        let core = device.core
        await onAudioThread {
            // A head start, so that the room's own queue never runs dry.
            for _ in 0..<3 { room.sink.play(AudioFrame.silence()) }
            core.captureBeat.add(room) { room.sound(core.block.samples) }
        }
        return room
    }

    private func sound(_ block: [Int16]) {
        history.removeFirst(480)
        history += block.map { Float($0) }
        var out = [Int16](repeating: 0, count: 480)
        let base = history.count - 480
        for index in 0..<480 {
            var sum: Float = 0
            for tap in taps { sum += tap.gain * history[base + index - tap.place] }
            out[index] = Int16(max(-32_000, min(32_000, sum + Float(noise.sample(12)) + talk(index))))
        }
        if isTalking { said += 480 }
        heard += out
        sink.play(AudioFrame(samples: out))
    }

    private func talk(_ index: Int) -> Float {
        let sample = isTalking ? talker[(said + index) % talker.count] : 0
        spoken.append(sample)
        return Float(sample)
    }

    func setTalking(_ isTalking: Bool) async { await onAudioThread { self.isTalking = isTalking } }
    var statistics: AudioDeviceStatistics { get async { await device.statistics() } }
    func close() async { await device.close() }
}
