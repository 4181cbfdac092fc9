package import RapportAudio

/// What is done to a live microphone before it is sent. W3C mediacapture-streams section 4.3.8.
///
/// For sound that comes from a person in a room with a loudspeaker. Files and generators are sent as they are.
public struct VoiceProcessing: Sendable, Hashable {
    /// Takes what the loudspeaker plays out of what the microphone hears, and noise with it. Off, noise alone goes.
    public var echoCancellation = true
    public var autoGainControl = true

    public init() {}
}

/// The capture pipeline between a microphone's blocks and the encoder, with what was played as its reference.
package final class VoiceStage {
    package static let blockLength = 480
    /// What was played and not yet taken as reference, in blocks: a thread that was held up plays several at once.
    static let mostWaiting = 8

    private var pipeline: CapturePipeline
    private var near = [Float](repeating: 0, count: VoiceStage.blockLength)
    private var far = [Float](repeating: 0, count: VoiceStage.blockLength)
    private var waiting: [[Int16]] = []
    private(set) var droppedReferences = 0

    package init(_ processing: VoiceProcessing) {
        pipeline = CapturePipeline(
            sampleRate: .fullband,
            configuration: .init(
                cancelsEcho: processing.echoCancellation, controlsGain: processing.autoGainControl))
        waiting.reserveCapacity(Self.mostWaiting)
    }

    /// Takes a block that was handed to the loudspeaker.
    func played(_ block: [Int16]) {
        guard block.count == Self.blockLength else { return }
        if waiting.count == Self.mostWaiting {
            waiting.removeFirst()
            droppedReferences += 1
        }
        waiting.append(block)
    }

    /// Replaces a block of the microphone by what is to be sent.
    func process(_ block: inout [Int16]) {
        process(&block, played: waiting.isEmpty ? [] : waiting.removeFirst())
    }

    /// The same with the block that was played meanwhile; an empty one is silence.
    package func process(_ block: inout [Int16], played: [Int16]) {
        guard block.count == Self.blockLength else { return }
        for index in 0..<Self.blockLength {
            near[index] = Float(block[index]) / 32_768
            far[index] = index < played.count ? Float(played[index]) / 32_768 : 0
        }
        var span = near.mutableSpan
        pipeline.process(near: &span, far: far.span)
        for index in 0..<Self.blockLength {
            block[index] = Int16(max(-32_768, min(32_767, (near[index] * 32_768).rounded())))
        }
    }

    /// True sends digital silence; the canceller goes on learning.
    package var isMuted: Bool {
        get { pipeline.isMuted }
        set { pipeline.isMuted = newValue }
    }

    package var statistics: CaptureStatistics { pipeline.statistics }

    /// How far the canceller has come, in words.
    package var echoSummary: String { pipeline.statistics.echo.summary }
}
