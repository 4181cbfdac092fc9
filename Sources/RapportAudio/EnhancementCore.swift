/// The 16 kHz chain: linear canceller, spectra, decisions, and the gained spectrum with comfort noise.
struct EnhancementCore: ~Copyable {
    /// The block's spectrum after all gains, ready for synthesis.
    let output: SpectrumBank
    let window: SynthesisWindow
    let fft: RealFFT
    private(set) var linear: LinearCanceller
    private(set) var suppressor: EchoSuppressor
    private(set) var mask: EchoMask?
    let errorFrame: SpectralFrame
    let microphoneFrame: SpectralFrame
    let searchFrame: SpectralFrame
    let echoPower: SampleBuffer
    /// The echo estimate's power with a tail that falls 1 dB a block, for what the window of the filter misses.
    let echoTail: SampleBuffer
    let farPower: SampleBuffer
    let allFar: SampleBuffer
    let likeness: SampleBuffer
    private var comfort = SeededNoise(seed: 0x5eed)
    private(set) var protection = EchoGuard()
    private var microphoneEnergy: Float = 0
    private var lastChange = 0
    private var usualLikeness: Float = 0
    /// The error is unlike the echo estimate to the point of opposing it: what the filter models is no more.
    private var isOpposed = false
    private var opposedBlocks = 0
    /// Amplitude of the comfort noise below the room's noise.
    static let comfortLevel: Float = 0.05
    /// Where that begins.
    private static let expansionStart: Float = 0.3
    /// No gain is above this while the echo path is suspected to have changed: -26 dB.
    private static let alarmGain: Float = 0.05
    /// Mean likeness below which the estimate is of another path, and how far below the usual one.
    private static let opposition: Float = -0.25, oppositionStep: Float = -0.2
    /// Blocks that oppose and add power, after which the filter is opened.
    private static let sureBlocks = 4

    /// Without `useMask` the signal processing decides alone.
    init(useMask: Bool) {
        output = SpectrumBank(count: 1, stride: EchoGeometry.stride)
        window = SynthesisWindow(scale: 1)
        fft = RealFFT(size: EchoGeometry.transform)
        linear = LinearCanceller()
        suppressor = EchoSuppressor()
        mask = useMask ? EchoMask.make() : nil
        errorFrame = SpectralFrame(length: EchoGeometry.transform, stride: EchoGeometry.stride)
        microphoneFrame = SpectralFrame(length: EchoGeometry.transform, stride: EchoGeometry.stride)
        searchFrame = SpectralFrame(length: EchoGeometry.transform, stride: EchoGeometry.stride)
        echoPower = SampleBuffer(count: EchoGeometry.stride)
        echoTail = SampleBuffer(count: EchoGeometry.stride)
        farPower = SampleBuffer(count: EchoGeometry.stride)
        allFar = SampleBuffer(count: EchoGeometry.stride)
        likeness = SampleBuffer(count: EchoGeometry.stride)
    }

    mutating func run(microphone: UnsafePointer<Float>, far: UnsafePointer<Float>) {
        linear.run(microphone: microphone, far: far)
        microphoneEnergy = Kernels.energy(microphone, count: EchoGeometry.hop)
        errorFrame.analyse(linear.error.base, window, fft)
        microphoneFrame.analyse(microphone, window, fft)
        searchFrame.analyse(linear.search.error.base, window, fft)
        measureEcho()
        measureFar()
        noteLikeness()
        if linear.pathChanges != lastChange {
            lastChange = linear.pathChanges
            suppressor.pathChanged()
        }
        let farActive = linear.energies.far > 1e-6
        let converged = linear.main.offset != nil && linear.energies.main < 0.5 * linear.energies.microphone
        suppressor.decide(
            error: errorFrame.power.base, echoEstimate: echoPower.base, farActive: farActive,
            converged: converged || suppressor.nearProbability > 0.5)
        askMask()
        apply()
    }

    /// Tells the guard how this block went; `outputEnergy` is at 16 kHz.
    mutating func judge(outputEnergy: Float) {
        protection.note(
            microphone: microphoneEnergy, error: Kernels.energy(linear.error.base, count: EchoGeometry.hop),
            output: outputEnergy, farActive: linear.energies.far > 1e-6, delayKnown: linear.main.offset != nil,
            echoLikely: linear.followsFar)
    }

    /// Lets the mask's gains replace the suppressor's.
    private mutating func askMask() {
        guard mask != nil else { return }
        mask?.decide(maskInputs)
        if let gains = mask?.gains.base { sharpen(gains) }
        if linear.energies.far > 1e-6, let gains = mask?.gains.base { expand(gains) }
        if linear.alarm > 0 || isOpposed, linear.energies.far > 1e-6, let gains = mask?.gains.base {
            for k in 0..<EchoGeometry.stride { gains[k] = min(gains[k], EnhancementCore.alarmGain) }
        }
        if let gains = mask?.gains.base { suppressor.gains.base.update(from: gains, count: EchoGeometry.stride) }
    }

    /// A person's sound and the echo estimate know nothing of each other, so over the bins in which the estimate stands
    /// out of the noise their likeness is about zero. Where the path has changed, the error holds the estimate's
    /// negative, in all of them, from the first block on. Less than usual is asked for too: in double talk the filter
    /// may estimate a little too much all the time.
    private mutating func noteLikeness() {
        var sum: Float = 0, count: Float = 0
        for k in 6..<160 where echoPower[k] > 3 * suppressor.noise[k] {
            sum += likeness[k]
            count += 1
        }
        let mean = sum / (count + 10)
        let limit = min(EnhancementCore.opposition, usualLikeness + EnhancementCore.oppositionStep)
        isOpposed = count > 20 && mean < limit
        usualLikeness += 0.05 * (mean - usualLikeness)
        // Either alone happens in double talk, and a filter opened then learns the person: STOI .874 to .816 and .761.
        opposedBlocks = isOpposed && linear.addsPower ? opposedBlocks + 1 : max(0, opposedBlocks - 1)
        if opposedBlocks >= EnhancementCore.sureBlocks {
            linear.reopen()
            opposedBlocks = 0
        }
    }

    var maskInputs: MaskInputs {
        MaskInputs(
            error: errorFrame.power.base, echo: echoTail.base, noise: suppressor.noise.base, far: farPower.base,
            microphone: microphoneFrame.power.base, searchError: searchFrame.power.base, allFar: allFar.base,
            likeness: likeness.base)
    }

    /// The echo estimate's power: microphone less error, both under the same window.
    private func measureEcho() {
        let m = microphoneFrame.spectrum[0], e = errorFrame.spectrum[0]
        for k in 0..<EchoGeometry.bins {
            let r = m.real[k] - e.real[k], i = m.imaginary[k] - e.imaginary[k]
            echoPower[k] = r * r + i * i
            echoTail[k] = max(echoPower[k], 0.8 * echoTail[k])
            let mean = 0.5 * (echoPower[k] + errorFrame.power[k]) + 1e-6
            likeness[k] = (e.real[k] * r + e.imaginary[k] * i) / mean
        }
    }

    /// The far end's power where its echo stands now: at the window's start, or over all delays while none is known.
    private func measureFar() {
        farPower.clear()
        if let offset = linear.main.offset {
            for p in 0..<3 {
                Kernels.add(linear.history.power(2 * (offset + p)), into: farPower.base, count: EchoGeometry.stride)
            }
        } else {
            for p in 0..<15 {
                Kernels.add(linear.history.power(2 * p), into: farPower.base, count: EchoGeometry.stride)
            }
        }
    }

    /// The mask has bands; between the harmonics of a voice it lets noise and echo through. Where the Wiener gain per bin
    /// is the lower one, the geometric mean of both holds.
    private func sharpen(_ gains: UnsafeMutablePointer<Float>) {
        for k in 0..<EchoGeometry.bins {
            gains[k] = (gains[k] * min(gains[k], suppressor.wienerGains[k])).squareRoot()
        }
    }

    /// While the far end sounds, a block of which hardly anything is to pass is not to pass at all: below
    /// `expansionStart` the whole block's gain is lowered by as much again.
    private func expand(_ gains: UnsafeMutablePointer<Float>) {
        var passed: Float = 0, total: Float = 1e-9
        for k in 6..<192 {
            passed += gains[k] * gains[k] * errorFrame.power[k]
            total += errorFrame.power[k]
        }
        let share = (passed / total).squareRoot() / EnhancementCore.expansionStart
        guard share < 1 else { return }
        for k in 0..<EchoGeometry.stride { gains[k] *= share }
    }

    private mutating func apply() {
        let e = errorFrame.spectrum[0], out = output[0]
        for k in 0..<EchoGeometry.bins {
            let g = suppressor.gains[k]
            let level = EnhancementCore.comfortLevel * suppressor.noise[k].squareRoot()
            out.real[k] = g * e.real[k] + level * comfort.next()
            out.imaginary[k] = g * e.imaginary[k] + level * comfort.next()
        }
        out.imaginary[0] = 0
        out.imaginary[EchoGeometry.bins - 1] = 0
    }
}
