import Rapport
import RapportBase
import RapportDevices

/// The microphone and the loudspeaker of `rapport join`, and what is said about them.
struct CallDevices: Sendable {
    let device: AudioDevice
    let hasMicrophone: Bool
    let hasSpeaker: Bool

    /// Opens what was asked for; nil when neither option was given.
    static func open(microphone: String?, speaker: String?) async throws(AudioDeviceError) -> CallDevices? {
        guard microphone != nil || speaker != nil else { return nil }
        var configuration = AudioDeviceConfiguration()
        configuration.microphone = microphone.map { AudioDeviceChoice(parsing: $0) } ?? .none
        configuration.loudspeaker = speaker.map { AudioDeviceChoice(parsing: $0) } ?? .none
        // Without a loudspeaker there is no echo, and noise is still taken out.
        configuration.voiceProcessing?.echoCancellation = configuration.loudspeaker != .none
        let device = AudioDevice(configuration: configuration)
        try await device.open()
        return CallDevices(
            device: device, hasMicrophone: configuration.microphone != .none,
            hasSpeaker: configuration.loudspeaker != .none)
    }

    /// Tells people what happens to the devices, until they are closed.
    func follow() async {
        for await event in device.events {
            if let sentence = Self.sentence(event) { Terminal.note(sentence) }
        }
    }

    private static func sentence(_ event: AudioDeviceEvent) -> String? {
        switch event {
        case .devicesChanged: nil
        case .opened(let kind, let name): "The \(kind.rawValue) is \(name)."
        case .lost(let kind, let name): "The \(kind.rawValue) \(name) is gone."
        case .silent(.microphone): "There is no microphone: silence is sent until one comes."
        case .silent(.loudspeaker): "There is no loudspeaker: nothing is heard until one comes."
        case .implausibleClock(let kind): "The \(kind.rawValue) runs too fast; some of its sound is left out."
        case .daemonLost: "The sound daemon is gone; looking for it."
        case .daemonReturned: "The sound daemon is back."
        }
    }
}

/// What arrives goes to the loudspeaker and to the measure.
struct HeardSound: AudioSink {
    let measure: SoundMeasure
    let speaker: LoudspeakerSink

    func play(_ frame: AudioFrame) {
        measure.play(frame)
        speaker.play(frame)
    }

    var beat: AudioBeat? { speaker.beat }
}
