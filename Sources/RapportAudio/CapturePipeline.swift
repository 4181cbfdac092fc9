/// From the microphone's blocks to what the encoder takes: meter, high-pass, echo canceller with noise suppression,
/// gain control, mute, meter. 10 ms in and out; nothing is allocated after `init`.
public struct CapturePipeline: ~Copyable {
    public struct Configuration: Sendable, Hashable {
        public var cancelsEcho: Bool
        public var controlsGain: Bool
        public var gain: GainControl.Configuration

        public init(
            cancelsEcho: Bool = true, controlsGain: Bool = true, gain: GainControl.Configuration = .init()
        ) {
            self.cancelsEcho = cancelsEcho
            self.controlsGain = controlsGain
            self.gain = gain
        }
    }

    public let sampleRate: SampleRate
    public let configuration: Configuration
    /// True sends digital silence; the canceller goes on learning.
    public var isMuted = false
    private var highPass: HighPassFilter
    private var canceller: EchoCanceller
    private var suppressor: NoiseSuppressor
    private var voice = VoiceActivity()
    private var gainControl: GainControl
    private var microphoneMeter = LevelMeter()
    private var sentMeter = LevelMeter()

    public init(sampleRate: SampleRate, configuration: Configuration = Configuration()) {
        self.sampleRate = sampleRate
        self.configuration = configuration
        highPass = HighPassFilter(sampleRate: sampleRate)
        canceller = EchoCanceller(sampleRate: sampleRate)
        suppressor = NoiseSuppressor(sampleRate: sampleRate)
        gainControl = GainControl(configuration.gain)
    }

    /// Replaces a block of the microphone (full scale 1) by what is to be sent; `far` is what was handed to the
    /// loudspeaker in the same 10 ms.
    public mutating func process(near: inout MutableSpan<Float>, far: Span<Float>) {
        microphoneMeter.note(near.span)
        highPass.process(&near)
        if configuration.cancelsEcho {
            canceller.process(near: &near, far: far)
        } else {
            suppressor.process(&near)
        }
        voice.note(near.span)
        if configuration.controlsGain { gainControl.process(&near, isSpeech: voice.isActive) }
        if isMuted { for i in 0..<near.count { near[i] = 0 } }
        sentMeter.note(near.span)
    }

    public var statistics: CaptureStatistics {
        CaptureStatistics(
            echo: canceller.statistics, microphone: microphoneMeter, sent: sentMeter, isSpeech: voice.isActive,
            gain: configuration.controlsGain ? gainControl.gain : 0, isMuted: isMuted)
    }
}
