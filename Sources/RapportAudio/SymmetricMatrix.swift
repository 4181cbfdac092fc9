/// A symmetric 3 by 3 matrix, for the speaker model's Kalman step.
struct SymmetricMatrix {
    /// The diagonal, and the elements (1, 2), (0, 2), (0, 1).
    var diagonal: SIMD3<Double>
    var off: SIMD3<Double>

    static let zero = SymmetricMatrix(diagonal: .zero, off: .zero)

    static func + (a: SymmetricMatrix, b: SymmetricMatrix) -> SymmetricMatrix {
        SymmetricMatrix(diagonal: a.diagonal + b.diagonal, off: a.off + b.off)
    }

    static func / (a: SymmetricMatrix, b: Double) -> SymmetricMatrix {
        SymmetricMatrix(diagonal: a.diagonal / b, off: a.off / b)
    }

    func times(_ v: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(
            diagonal[0] * v[0] + off[2] * v[1] + off[1] * v[2], off[2] * v[0] + diagonal[1] * v[1] + off[0] * v[2],
            off[1] * v[0] + off[0] * v[1] + diagonal[2] * v[2])
    }

    /// Nil when it has none.
    var inverse: SymmetricMatrix? {
        let (a, b, c) = (diagonal[0], diagonal[1], diagonal[2])
        let (d, e, f) = (off[0], off[1], off[2])
        let minors = SIMD3(b * c - d * d, a * c - e * e, a * b - f * f)
        let cross = SIMD3(e * f - a * d, f * d - b * e, d * e - c * f)
        let determinant = a * minors[0] + f * cross[2] + e * cross[1]
        guard determinant.isFinite, abs(determinant) > 1e-300 else { return nil }
        return SymmetricMatrix(diagonal: minors, off: cross) / determinant
    }
}
