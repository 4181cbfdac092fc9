import RapportBase

/// A synthetic voice: pulses whose pitch wanders between 85 and 230 Hz through three resonances, in utterances with
/// pauses of quiet noise between them, as a conversation has.
struct Voice {
    static let sampleRate = 48_000.0
    private var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(seed: seed) }

    /// - Parameter pauses: false for a voice that never stops, the harder case for stretching time.
    mutating func make(seconds: Int, pauses: Bool) -> [Int16] {
        let count = seconds * Int(Self.sampleRate)
        var source = [Double](repeating: 0, count: count)
        var (phase, pitch, wanted, envelope) = (0.0, 120.0, 120.0, 0.0)
        for index in 0..<count {
            let time = Double(index) / Self.sampleRate
            if index % 4800 == 0 { wanted = max(85, min(230, wanted + generator.even(-40, 40))) }
            pitch += (wanted - pitch) / 2400
            phase += pitch / Self.sampleRate
            let speaks = !pauses || time.truncatingRemainder(dividingBy: 2.1) < 1.5
            envelope += ((speaks ? 1 : 0) - envelope) / 720
            if phase >= 1 {
                phase -= 1
                source[index] = envelope
            }
            source[index] += generator.even(-1, 1) * (0.004 * envelope + 0.000_6)
        }
        return Self.scaled(Self.resonances.reduce(source) { Self.resonate($0, $1) })
    }

    private static let resonances = [(600.0, 90.0), (1_300.0, 120.0), (2_500.0, 180.0)]

    private static func resonate(_ input: [Double], _ resonance: (frequency: Double, width: Double)) -> [Double] {
        let angle = 2 * 3.141_592_653_589_793 * resonance.frequency / sampleRate
        let radius = 1 - 3.141_592_653_589_793 * resonance.width / sampleRate
        let (a, b) = (2 * radius * cosine(angle), radius * radius)
        var (last, before) = (0.0, 0.0)
        return input.map { sample in
            let value = (1 - radius) * sample + a * last - b * before
            (before, last) = (last, value)
            return value
        }
    }

    private static func cosine(_ x: Double) -> Double { 1 - x * x / 2 + x * x * x * x / 24 }

    private static func scaled(_ signal: [Double]) -> [Int16] {
        let peak = signal.reduce(1e-12) { max($0, abs($1)) }
        return signal.map { Int16($0 / peak * 20_000) }
    }
}

extension SplitMix {
    mutating func even(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }
}
