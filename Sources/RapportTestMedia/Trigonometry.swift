/// Sine, cosine and logarithm without a mathematics library, so that the same bytes come out on every platform.
enum Trigonometry {
    /// Error below 1e-11 for angles up to some thousand turns.
    static func sine(_ angle: Double) -> Double {
        var x = angle.remainder(dividingBy: 2 * Double.pi)
        if x > Double.pi / 2 { x = Double.pi - x }
        if x < -Double.pi / 2 { x = -Double.pi - x }
        let s = x * x
        let tail = 1 - s / 110 * (1 - s / 156 * (1 - s / 210 * (1 - s / 272)))
        return x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * tail))))
    }

    static func cosine(_ angle: Double) -> Double { sine(angle + Double.pi / 2) }

    /// Natural logarithm of a positive number, error below 1e-12; minus infinity for zero.
    static func logarithm(_ value: Double) -> Double {
        guard value > 0 else { return -.infinity }
        guard value.isFinite else { return .infinity }
        let z = (value.significand - 1) / (value.significand + 1)
        var term = z
        var sum = 0.0
        for k in 0..<14 {
            sum += term / Double(2 * k + 1)
            term *= z * z
        }
        return Double(value.exponent) * 0.6931471805599453 + 2 * sum
    }

    /// Ten times the decimal logarithm of a ratio of powers.
    static func decibels(_ ratio: Double) -> Double { logarithm(ratio) * 4.342944819032518 }
}
