/// Logarithm, exponential and the two squashing functions, eight lanes at a time, by polynomials.
extension Kernels {
    typealias Bits = SIMD8<UInt32>

    /// log2 of positive normal numbers, to about 10^-6.
    @inline(__always)
    static func log2(_ x: Lanes) -> Lanes {
        let bits = unsafeBitCast(x, to: Bits.self)
        let magic = unsafeBitCast((bits &>> 23) | Bits(repeating: 0x4b00_0000), to: Lanes.self)
        let exponent = magic - (8_388_608 + 127)
        let mantissa = (bits & Bits(repeating: 0x007f_ffff)) | Bits(repeating: 0x3f80_0000)
        let u = unsafeBitCast(mantissa, to: Lanes.self) - 1.5
        var p = Lanes(repeating: 0.0147787208)
        p = p * u - 0.0251232033
        p = p * u + 0.0374629375
        p = p * u - 0.0705896757
        p = p * u + 0.14252637
        p = p * u - 0.320632333
        p = p * u + 0.961795972
        return p * u + 0.584962765 + exponent
    }

    /// 2^x for x within -126...126, outside that the edge's value; relative error about 10^-7.
    @inline(__always)
    static func exp2(_ x: Lanes) -> Lanes {
        let held = x.clamped(lowerBound: Lanes(repeating: -126), upperBound: Lanes(repeating: 126))
        // Adding 1.5 * 2^23 rounds to whole numbers and leaves them in the low bits.
        let shifted = held + 12_582_912
        let f = held - (shifted - 12_582_912)
        let power = (unsafeBitCast(shifted, to: Bits.self) &<< 23) &+ Bits(repeating: 0x3f80_0000)
        var p = Lanes(repeating: 0.00134004322)
        p = p * f + 0.0096760371
        p = p * f + 0.0555032721
        p = p * f + 0.240221074
        p = p * f + 0.693147207
        p = p * f + 1.00000008
        return p * unsafeBitCast(power, to: Lanes.self)
    }

    /// 1 / (1 + e^-x).
    @inline(__always)
    static func sigmoid(_ x: Lanes) -> Lanes { 1 / (1 + exp2(x * -1.44269504)) }

    @inline(__always)
    static func tanh(_ x: Lanes) -> Lanes { 2 / (1 + exp2(x * -2.88539008)) - 1 }

    /// log10(a + floor) in place of a row.
    static func log10(
        _ a: UnsafePointer<Float>, floor: Float, into result: UnsafeMutablePointer<Float>, count: Int
    ) {
        var index = 0
        while index < count {
            store(log2(load(a, index) + floor) * 0.301029996, result, index)
            index += 8
        }
    }
}
