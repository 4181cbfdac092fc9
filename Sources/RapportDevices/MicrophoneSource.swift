public import Rapport
public import RapportBase

/// The microphone's sound for one connection; any number of connections have one each.
public struct MicrophoneSource: AudioSource {
    let core: DeviceCore

    public mutating func read() -> AudioFrame? { core.block }
    public var beat: AudioBeat? { core.captureBeat }
    public var echoSummary: String? { core.echoSummary }
}
