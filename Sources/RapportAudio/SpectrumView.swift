/// A borrowed half spectrum in split form: real and imaginary parts of bins 0 to N/2, each padded to a stride.
struct SpectrumView {
    let real: UnsafeMutablePointer<Float>
    let imaginary: UnsafeMutablePointer<Float>

    @inline(__always)
    init(_ base: UnsafeMutablePointer<Float>, stride: Int) {
        real = base
        imaginary = base + stride
    }
}
