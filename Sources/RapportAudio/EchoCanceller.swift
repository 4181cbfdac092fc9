/// An acoustic echo canceller with noise suppression: 10 ms blocks in and out, blind to delay and drift.
///
/// The output is 8 ms late at 16 kHz and 10 ms at 48 kHz. Nothing is allocated after `init`.
public struct EchoCanceller: ~Copyable {
    /// Who decides what is echo and noise and what is the person.
    public enum Decisions: Sendable, Hashable {
        case trainedMask, signalProcessing
    }

    public let sampleRate: SampleRate
    private var core: EnhancementCore
    private let overlap: OverlapAdd
    private var fullband: FullbandStage?
    private var microphoneDecimator: Decimator?
    private var farDecimator: Decimator?
    private let microphone: SampleBuffer
    private let far: SampleBuffer
    private let narrowMicrophone: SampleBuffer
    private let narrowFar: SampleBuffer
    private var guardGain: Float = 1

    /// With `decisions` `.signalProcessing` the trained mask stays out.
    public init(sampleRate: SampleRate, decisions: Decisions = .trainedMask) {
        self.sampleRate = sampleRate
        core = EnhancementCore(useMask: decisions == .trainedMask)
        overlap = OverlapAdd(core.window)
        microphone = SampleBuffer(count: sampleRate.blockLength)
        far = SampleBuffer(count: sampleRate.blockLength)
        narrowMicrophone = SampleBuffer(count: EchoGeometry.hop)
        narrowFar = SampleBuffer(count: EchoGeometry.hop)
        switch sampleRate {
        case .wideband: break
        case .fullband:
            fullband = FullbandStage()
            microphoneDecimator = Decimator()
            farDecimator = Decimator()
        }
    }

    /// Replaces `near` (one block of the microphone, full scale 1) by what is to be sent; `far` is the block that was
    /// handed to the loudspeaker in the same 10 ms.
    public mutating func process(near: inout MutableSpan<Float>, far farBlock: Span<Float>) {
        precondition(near.count == sampleRate.blockLength && farBlock.count == near.count, "one block of 10 ms")
        for i in 0..<near.count {
            microphone[i] = EchoCanceller.sane(near[i])
            far[i] = EchoCanceller.sane(farBlock[i])
        }
        run()
        for i in 0..<near.count { near[i] = min(1, max(-1, microphone[i])) }
    }

    /// NaN and infinity become silence, the rest full scale at most.
    @inline(__always)
    private static func sane(_ x: Float) -> Float { x.isFinite ? min(1, max(-1, x)) : 0 }

    private mutating func run() {
        let length = sampleRate.blockLength
        switch sampleRate {
        case .wideband:
            core.run(microphone: microphone.base, far: far.base)
            overlap.synthesise(core.output[0], core.window, core.fft, into: microphone.base)
        case .fullband:
            microphoneDecimator?.run(microphone.base, into: narrowMicrophone.base)
            farDecimator?.run(far.base, into: narrowFar.base)
            core.run(microphone: narrowMicrophone.base, far: narrowFar.base)
            fullband?.run(microphone.base, core)
        }
        let outputEnergy = Kernels.energy(microphone.base, count: length) / Float(sampleRate.scale)
        core.judge(outputEnergy: outputEnergy)
        applyGuard(length)
    }

    /// The guard's gain, gliding over the block.
    private mutating func applyGuard(_ length: Int) {
        let next = core.protection.gain
        guard next < 0.999 || guardGain < 0.999 else { return }
        let step = (next - guardGain) / Float(length)
        for i in 0..<length { microphone[i] *= guardGain + step * Float(i + 1) }
        guardGain = next
    }

    /// What the canceller knows about its own work.
    public var statistics: EchoStatistics {
        EchoStatistics(
            delay: core.linear.delayInSamples.map { .microseconds($0 * 1_000_000 / 16_000) },
            linearERLE: core.protection.linearERLE, totalERLE: core.protection.totalERLE,
            drift: Float(core.linear.drift.ppm), state: core.protection.state,
            isGuardActive: core.protection.isActive, pathChanges: core.linear.pathChanges)
    }

    /// The linear part's error at 16 kHz, for measurements.
    package func withLinearError<R>(_ body: (UnsafeBufferPointer<Float>) -> R) -> R {
        body(UnsafeBufferPointer(start: core.linear.error.base, count: EchoGeometry.hop))
    }

    /// What the mask is fed, for its training: the rows of `MaskInputs` per bin, the likeness last.
    package func withMaskInputs(_ body: (UnsafeBufferPointer<Float>) -> Void) {
        let rows = core.maskInputs
        for row in [
            rows.error, rows.echo, rows.noise, rows.far, rows.microphone, rows.searchError, rows.allFar, rows.likeness,
        ] { body(UnsafeBufferPointer(start: row, count: EchoGeometry.bins)) }
    }
}
