/// The inner loops of the tick, eight lanes at a time. Counts are multiples of eight; rows are padded to that.
///
/// Every kernel has a plain counterpart in the tests, which compare the two.
enum Kernels {
    typealias Lanes = SIMD8<Float>

    @inline(__always)
    static func load(_ pointer: UnsafePointer<Float>, _ index: Int) -> Lanes {
        UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    static func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
        UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Lanes.self)
    }

    /// sum += a * b, complex.
    static func multiplyAccumulate(_ a: SpectrumView, _ b: SpectrumView, into sum: SpectrumView, count: Int) {
        var index = 0
        while index < count {
            let ar = load(a.real, index), ai = load(a.imaginary, index)
            let br = load(b.real, index), bi = load(b.imaginary, index)
            store(load(sum.real, index) + (ar * br - ai * bi), sum.real, index)
            store(load(sum.imaginary, index) + (ar * bi + ai * br), sum.imaginary, index)
            index += 8
        }
    }

    /// sum += conj(a) * b * weight, complex with a real weight per bin.
    static func conjugateMultiplyAccumulate(
        _ a: SpectrumView, _ b: SpectrumView, weight: UnsafePointer<Float>, into sum: SpectrumView, count: Int
    ) {
        var index = 0
        while index < count {
            let w = load(weight, index)
            let ar = load(a.real, index) * w, ai = load(a.imaginary, index) * w
            let br = load(b.real, index), bi = load(b.imaginary, index)
            store(load(sum.real, index) + (ar * br + ai * bi), sum.real, index)
            store(load(sum.imaginary, index) + (ar * bi - ai * br), sum.imaginary, index)
            index += 8
        }
    }

    /// result = |a|^2.
    static func power(_ a: SpectrumView, into result: UnsafeMutablePointer<Float>, count: Int) {
        var index = 0
        while index < count {
            let r = load(a.real, index), i = load(a.imaginary, index)
            store(r * r + i * i, result, index)
            index += 8
        }
    }

    /// sum += a.
    static func add(_ a: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int) {
        var index = 0
        while index < count {
            store(load(sum, index) + load(a, index), sum, index)
            index += 8
        }
    }

    /// sum += a * b.
    static func multiplyAdd(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int
    ) {
        var index = 0
        while index < count {
            store(load(sum, index) + load(a, index) * load(b, index), sum, index)
            index += 8
        }
    }

    /// result = a * b.
    static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, count: Int
    ) {
        var index = 0
        while index < count {
            store(load(a, index) * load(b, index), result, index)
            index += 8
        }
    }

    /// The inner product of two rows.
    static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
        var first = Lanes.zero, second = Lanes.zero
        var index = 0
        while index + 16 <= count {
            first += load(a, index) * load(b, index)
            second += load(a, index + 8) * load(b, index + 8)
            index += 16
        }
        while index < count {
            first += load(a, index) * load(b, index)
            index += 8
        }
        return (first + second).sum()
    }

    /// The sum of squares of a row.
    @inline(__always)
    static func energy(_ a: UnsafePointer<Float>, count: Int) -> Float { dot(a, a, count: count) }

    /// state = keep * state + (1 - keep) * value.
    static func smooth(
        _ value: UnsafePointer<Float>, keep: Float, into state: UnsafeMutablePointer<Float>, count: Int
    ) {
        var index = 0
        while index < count {
            store(load(state, index) * keep + load(value, index) * (1 - keep), state, index)
            index += 8
        }
    }
}
