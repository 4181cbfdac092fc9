import Glibc

/// Levels in decibels relative to full scale.
enum Decibels {
    /// What silence reads as.
    static let silence: Float = -120

    static func fromPower(_ power: Float) -> Float {
        power > 1e-12 ? 10 * log10(power) : silence
    }

    static func fromAmplitude(_ amplitude: Float) -> Float { fromPower(amplitude * amplitude) }

    static func toAmplitude(_ decibels: Float) -> Float { pow(10, decibels / 20) }
}
