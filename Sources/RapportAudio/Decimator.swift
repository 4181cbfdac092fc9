import Glibc

/// 48 kHz to 16 kHz by a linear-phase FIR filter, 2 ms late; flat to 7.5 kHz.
struct Decimator: ~Copyable {
    static let delay = 96
    private static let taps = 2 * delay + 1
    private let coefficients: SampleBuffer
    private let memory: SampleBuffer
    /// Whole vectors; the padding stands before the first tap.
    private static let padded = 200

    init() {
        coefficients = SampleBuffer(count: Decimator.padded)
        memory = SampleBuffer(count: Decimator.padded + 3 * EchoGeometry.hop)
        var sum = 0.0
        for i in 0..<Decimator.taps {
            let h = Decimator.tap(i)
            coefficients[i + Decimator.padded - Decimator.taps] = Float(h)
            sum += h
        }
        for i in 0..<Decimator.padded { coefficients[i] /= Float(sum) }
    }

    /// A sinc cut off at 7.8 kHz under a Blackman window.
    private static func tap(_ i: Int) -> Double {
        let t = Double(i - delay), cutoff = 7800.0 / 24000
        let sinc = t == 0 ? cutoff : sin(.pi * cutoff * t) / (.pi * t)
        let x = Double(i) / Double(taps - 1) * 2 * .pi
        return sinc * (0.42 - 0.5 * cos(x) + 0.08 * cos(2 * x))
    }

    /// Reads a block of 480 samples, writes one of 160.
    func run(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        memory.shiftIn(input, block: 3 * EchoGeometry.hop)
        // Output i ends at input sample 3 i; the filter is symmetric, so it may run forwards.
        let first = memory.base + (memory.count - 3 * EchoGeometry.hop - Decimator.padded + 1)
        for i in 0..<EchoGeometry.hop {
            output[i] = Kernels.dot(first + 3 * i, coefficients.base, count: Decimator.padded)
        }
    }
}
