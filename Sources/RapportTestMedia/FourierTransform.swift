/// Complex fast Fourier transform of one power-of-two size, in place, radix 2.
struct FourierTransform: Sendable {
    let count: Int
    private let cosine: [Float]
    private let sine: [Float]

    init(count: Int) {
        precondition(count > 1 && count & (count - 1) == 0, "the size is a power of two")
        self.count = count
        let angles = (0..<count / 2).map { -2 * Double.pi * Double($0) / Double(count) }
        cosine = angles.map { Float(Trigonometry.cosine($0)) }
        sine = angles.map { Float(Trigonometry.sine($0)) }
    }

    /// Forward transform, not scaled.
    func transform(_ real: inout [Float], _ imaginary: inout [Float]) {
        precondition(real.count == count && imaginary.count == count, "the arrays have the transform's size")
        real.withUnsafeMutableBufferPointer { real in
            imaginary.withUnsafeMutableBufferPointer { imaginary in
                guard let re = real.baseAddress, let im = imaginary.baseAddress else { return }
                reorder(re, im)
                cosine.withUnsafeBufferPointer { cosine in
                    sine.withUnsafeBufferPointer { sine in butterflies(re, im, cosine, sine) }
                }
            }
        }
    }

    private func reorder(_ re: UnsafeMutablePointer<Float>, _ im: UnsafeMutablePointer<Float>) {
        var target = 0
        var index = 1
        while index < count {
            var bit = count >> 1
            while target & bit != 0 {
                target ^= bit
                bit >>= 1
            }
            target |= bit
            if index < target {
                (re[index], re[target]) = (re[target], re[index])
                (im[index], im[target]) = (im[target], im[index])
            }
            index &+= 1
        }
    }

    private func butterflies(
        _ re: UnsafeMutablePointer<Float>, _ im: UnsafeMutablePointer<Float>, _ cosine: UnsafeBufferPointer<Float>,
        _ sine: UnsafeBufferPointer<Float>
    ) {
        var half = 1
        while half < count {
            let step = count / (2 * half)
            var start = 0
            while start < count {
                var k = 0
                while k < half {
                    let (wr, wi) = (cosine[k &* step], sine[k &* step])
                    let (low, high) = (start &+ k, start &+ k &+ half)
                    let tr = re[high] * wr - im[high] * wi
                    let ti = re[high] * wi + im[high] * wr
                    re[high] = re[low] - tr
                    im[high] = im[low] - ti
                    re[low] += tr
                    im[low] += ti
                    k &+= 1
                }
                start &+= 2 &* half
            }
            half &*= 2
        }
    }
}
