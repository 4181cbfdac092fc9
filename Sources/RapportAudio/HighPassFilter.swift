import Glibc

/// A second-order Butterworth high-pass that takes away DC, hum and handling noise.
public struct HighPassFilter: Sendable {
    private let b0: Float
    private let b1: Float
    private let a1: Float
    private let a2: Float
    private var z1: Float = 0
    private var z2: Float = 0

    /// `corner` in Hz is where the gain is -3 dB.
    public init(sampleRate: SampleRate, corner: Double = 70) {
        let w = tan(.pi * corner / Double(sampleRate.rawValue))
        let norm = 1 / (1 + 2.0.squareRoot() * w + w * w)
        b0 = Float(norm)
        b1 = Float(-2 * norm)
        a1 = Float(2 * (w * w - 1) * norm)
        a2 = Float((1 - 2.0.squareRoot() * w + w * w) * norm)
    }

    /// Filters a block in place; what is not a number becomes silence.
    public mutating func process(_ block: inout MutableSpan<Float>) {
        for i in 0..<block.count {
            let x = block[i].isFinite ? min(4, max(-4, block[i])) : 0
            let y = b0 * x + z1
            z1 = b1 * x - a1 * y + z2
            z2 = b0 * x - a2 * y
            block[i] = y
        }
        // Denormal numbers would make silence slow.
        if abs(z1) < 1e-20 { z1 = 0 }
        if abs(z2) < 1e-20 { z2 = 0 }
    }
}
