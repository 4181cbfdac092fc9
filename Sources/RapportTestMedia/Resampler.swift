/// Changes the rate of a whole piece of sound by windowed-sinc interpolation (Kaiser window, 32 zero crossings a side,
/// stop band below -80 dB). For files, not for streams: the whole signal is at hand.
struct Resampler {
    private static let crossings = 32
    private static let steps = 512

    private let from: Int
    private let to: Int
    /// One side of the kernel, `steps` points between zero crossings.
    private let kernel: [Float]

    init(from: Int, to: Int) {
        precondition(from > 0 && to > 0, "a sample rate is positive")
        self.from = from
        self.to = to
        kernel = Self.makeKernel()
    }

    /// Sample 0 stays sample 0; the length is that of the input times `to / from`, rounded up.
    func convert(_ input: [Int16]) -> [Int16] {
        let count = (input.count * to + from - 1) / from
        // When the rate falls the kernel widens, so that what the new rate cannot hold is filtered out.
        let cutoff = min(1, Double(to) / Double(from)) * 0.95
        return input.withUnsafeBufferPointer { samples in
            kernel.withUnsafeBufferPointer { kernel in
                (0..<count).map { index in
                    let position = Double(index) * Double(from) / Double(to)
                    return Self.interpolate(samples, at: position, cutoff: cutoff, kernel)
                }
            }
        }
    }

    private static func interpolate(
        _ samples: UnsafeBufferPointer<Int16>, at position: Double, cutoff: Double, _ kernel: UnsafeBufferPointer<Float>
    ) -> Int16 {
        let reach = Double(crossings) / cutoff
        let first = max(0, Int((position - reach).rounded(.up)))
        let last = min(samples.count - 1, Int((position + reach).rounded(.down)))
        guard first <= last else { return 0 }
        var sum: Float = 0
        for index in first...last {
            let place = abs(Double(index) - position) * cutoff * Double(steps)
            let whole = Int(place)
            guard whole + 1 < kernel.count else { continue }
            let fraction = Float(place - Double(whole))
            let weight = kernel[whole] + (kernel[whole + 1] - kernel[whole]) * fraction
            sum += Float(samples[index]) * weight
        }
        return Int16(clamping: Int((sum * Float(cutoff)).rounded()))
    }

    private static func makeKernel() -> [Float] {
        let length = crossings * steps
        let beta = 9.0
        return (0...length).map { index in
            let x = Double(index) / Double(steps)
            let sinc = index == 0 ? 1 : Trigonometry.sine(Double.pi * x) / (Double.pi * x)
            let edge = Double(index) / Double(length)
            return Float(sinc * bessel(beta * (1 - edge * edge).squareRoot()) / bessel(beta))
        }
    }

    /// Modified Bessel function of order zero, by its power series.
    private static func bessel(_ x: Double) -> Double {
        var sum = 1.0
        var term = 1.0
        for k in 1...40 {
            term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
            sum += term
        }
        return sum
    }
}
