/// The loudspeaker's bend: a memoryless curve before the echo path, x + c2 x^2 + c3 x^3 + c5 x^5 of the signal over
/// its own peak, whose three numbers are fitted through the main filter's taps by a Kalman step every 400 ms.
struct SpeakerModel: ~Copyable {
    private static let count = 3
    private static let interval = 40
    /// c2, c3, c5.
    private(set) var bend: SIMD3<Double> = .zero
    private let spectra: SpectrumBank
    private let frames: SampleBuffer
    private let scratch: SpectrumBank
    private let samples: SampleBuffer
    private let responses: SampleBuffer
    private var head = 0
    private var peak: Float = 0.05
    private var blocks = 0
    private var gram = SymmetricMatrix.zero
    private var target = SIMD3<Double>.zero
    private var errorSum = 0.0
    private var covariance = SymmetricMatrix(diagonal: SIMD3(0.02, 0.1, 0.1), off: .zero)
    private static let depth = 64

    init() {
        spectra = SpectrumBank(count: SpeakerModel.count * SpeakerModel.depth, stride: EchoGeometry.stride)
        frames = SampleBuffer(count: SpeakerModel.count * EchoGeometry.transform)
        scratch = SpectrumBank(count: 1, stride: EchoGeometry.stride)
        samples = SampleBuffer(count: EchoGeometry.transform)
        responses = SampleBuffer(count: SpeakerModel.count * EchoGeometry.hop)
    }

    /// Bends a block of the far end in place and remembers the curve's parts.
    mutating func bend(_ block: UnsafeMutablePointer<Float>, _ fft: borrowing RealFFT) {
        let hop = EchoGeometry.hop
        for i in 0..<hop { peak = max(peak, abs(block[i])) }
        head = (head + 1) % SpeakerModel.depth
        let scale = 1 / peak
        let c2 = Float(bend[0]), c3 = Float(bend[1]), c5 = Float(bend[2])
        for basis in 0..<SpeakerModel.count {
            let frame = frames.base + basis * EchoGeometry.transform
            frame.update(from: frame + hop, count: EchoGeometry.transform - hop)
        }
        let place = EchoGeometry.blockStart
        for i in 0..<hop {
            let u = block[i] * scale, u2 = u * u
            let a = peak * u2, b = peak * u2 * u, c = peak * u2 * u2 * u
            frames[place + i] = a
            frames[EchoGeometry.transform + place + i] = b
            frames[2 * EchoGeometry.transform + place + i] = c
            block[i] += c2 * a + c3 * b + c5 * c
        }
        for basis in 0..<SpeakerModel.count {
            fft.forward(frames.base + basis * EchoGeometry.transform, into: spectra[basis * SpeakerModel.depth + head])
        }
    }

    /// Learns from a block's error through the main filter's taps.
    mutating func learn(_ main: borrowing MainFilter, error: UnsafePointer<Float>, _ fft: borrowing RealFFT) {
        guard let offset = main.offset else { return }
        let hop = EchoGeometry.hop
        for basis in 0..<SpeakerModel.count {
            scratch.clear(0)
            for p in 0..<MainFilter.partitions {
                let slot = (head + 2 * SpeakerModel.depth - 2 * (offset + p)) % SpeakerModel.depth
                Kernels.multiplyAccumulate(
                    main.weights[p], spectra[basis * SpeakerModel.depth + slot], into: scratch[0],
                    count: EchoGeometry.stride)
            }
            fft.inverse(scratch[0], into: samples.base)
            (responses.base + basis * hop).update(from: samples.base + EchoGeometry.blockStart, count: hop)
        }
        let r = (responses.base, responses.base + hop, responses.base + 2 * hop)
        func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Double {
            Double(Kernels.dot(a, b, count: hop))
        }
        target += SIMD3(dot(r.0, error), dot(r.1, error), dot(r.2, error))
        gram.diagonal += SIMD3(dot(r.0, r.0), dot(r.1, r.1), dot(r.2, r.2))
        gram.off += SIMD3(dot(r.1, r.2), dot(r.0, r.2), dot(r.0, r.1))
        errorSum += Double(Kernels.energy(error, count: hop))
        blocks += 1
        if blocks == SpeakerModel.interval { solve() }
    }

    /// The Kalman step: the posterior of the bend's correction given the interval's responses and errors.
    private mutating func solve() {
        let samples = Double(blocks * EchoGeometry.hop)
        // Speech's samples are not independent: count eight as one.
        let noise = 8 * errorSum / samples + 1e-12
        if let prior = covariance.inverse, let posterior = (prior + gram / noise).inverse {
            let step = posterior.times(target / noise)
            for i in 0..<SpeakerModel.count where step[i].isFinite {
                bend[i] = max(-0.8, min(0.8, bend[i] + max(-0.1, min(0.1, 0.7 * step[i]))))
            }
            covariance = posterior
            covariance.diagonal += 2e-4
        }
        forgetInterval()
    }

    /// The taps changed hands: what was gathered for the old ones says nothing.
    mutating func forgetInterval() {
        gram = .zero
        target = .zero
        errorSum = 0
        blocks = 0
    }

    /// The far end is now delayed by one partition more: the curve's parts go back with the history.
    mutating func rewind() { head = (head + SpeakerModel.depth - 2) % SpeakerModel.depth }
}
