import Rapport
import RapportAudio

/// From a block of the microphone to what is sent of it: voice processing, or meters and mute alone.
struct MicrophoneChain {
    /// Nil lets sound pass as it is.
    private let voice: VoiceStage?
    private var microphoneMeter = BlockMeter()
    private var sentMeter = BlockMeter()

    init(_ voice: VoiceProcessing?) { self.voice = voice.map { VoiceStage($0) } }

    /// Replaces a block of the microphone by what is sent; `played` is what was played meanwhile.
    mutating func process(_ block: inout [Int16], played: [Int16], isMuted: Bool) {
        if let voice {
            voice.isMuted = isMuted
            return voice.process(&block, played: played)
        }
        microphoneMeter.note(block)
        if isMuted { for index in block.indices { block[index] = 0 } }
        sentMeter.note(block)
    }

    var echoSummary: String? { voice?.echoSummary }

    /// Adds what is known here to the device's statistics.
    func report(in statistics: inout AudioDeviceStatistics) {
        let capture = voice?.statistics
        statistics.microphoneLevel = capture?.microphone ?? microphoneMeter.level
        statistics.sentLevel = capture?.sent ?? sentMeter.level
        statistics.echo = capture?.echo
    }
}
