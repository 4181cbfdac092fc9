import Glibc

/// A real Fourier transform of 2n points (n = 4^a or 3 * 4^a, at least 16) by a Stockham radix-4 transform of n
/// complex points in split form. `forward` gives bins 0...n; `inverse` undoes it, 1/2n included.
struct RealFFT: ~Copyable {
    let size: Int
    private let half: Int
    private let twiddles: SampleBuffer
    private let rotation: SampleBuffer
    private let work: SampleBuffer

    init(size: Int) {
        self.size = size
        half = size / 2
        precondition(RealFFT.supports(half: size / 2), "2n points, n = 4^a or 3 * 4^a")
        twiddles = RealFFT.makeTwiddles(half)
        rotation = SampleBuffer(count: 2 * (half + 1))
        work = SampleBuffer(count: 4 * half)
        for k in 0...half {
            let angle = -2 * Double.pi * Double(k) / Double(size)
            rotation[2 * k] = Float(cos(angle))
            rotation[2 * k + 1] = Float(sin(angle))
        }
    }

    private static func supports(half: Int) -> Bool {
        var rest = half
        while rest % 4 == 0 { rest /= 4 }
        return half >= 16 && (rest == 1 || rest == 3)
    }

    /// Per radix-4 stage six rows (w, w^2, w^3; real and imaginary), each as long as the stage has groups.
    private static func makeTwiddles(_ half: Int) -> SampleBuffer {
        let table = SampleBuffer(count: 2 * half + 8)
        var length = half
        var offset = 0
        while length % 4 == 0 {
            let groups = length / 4
            for p in 0..<groups {
                for power in 1...3 {
                    let angle = -2 * Double.pi * Double(power * p) / Double(length)
                    table[offset + (2 * power - 2) * groups + p] = Float(cos(angle))
                    table[offset + (2 * power - 1) * groups + p] = Float(sin(angle))
                }
            }
            offset += 6 * groups
            length = groups
        }
        return table
    }

    /// Transforms `size` samples to bins 0...size/2.
    func forward(_ samples: UnsafePointer<Float>, into spectrum: SpectrumView) {
        let re = work.base, im = work.base + half
        for k in 0..<half {
            re[k] = samples[2 * k]
            im[k] = samples[2 * k + 1]
        }
        let (zr, zi) = transform(re, im, work.base + 2 * half, work.base + 3 * half)
        unpack(zr, zi, into: spectrum)
    }

    /// Bins of the real signal from the transform of its even and odd samples.
    private func unpack(
        _ zr: UnsafePointer<Float>, _ zi: UnsafePointer<Float>, into spectrum: SpectrumView
    ) {
        let n = half
        spectrum.real[0] = zr[0] + zi[0]
        spectrum.imaginary[0] = 0
        spectrum.real[n] = zr[0] - zi[0]
        spectrum.imaginary[n] = 0
        let rotation = rotation.base
        for k in 1..<n {
            let er = 0.5 * (zr[k] + zr[n - k]), ei = 0.5 * (zi[k] - zi[n - k])
            let or = 0.5 * (zi[k] + zi[n - k]), oi = -0.5 * (zr[k] - zr[n - k])
            let c = rotation[2 * k], s = rotation[2 * k + 1]
            spectrum.real[k] = er + (c * or - s * oi)
            spectrum.imaginary[k] = ei + (c * oi + s * or)
        }
    }

    /// Transforms bins 0...size/2 back to `size` samples.
    func inverse(_ spectrum: SpectrumView, into samples: UnsafeMutablePointer<Float>) {
        let n = half
        let re = work.base, im = work.base + half
        let xr = spectrum.real, xi = spectrum.imaginary
        let rotation = rotation.base
        let scale = 1 / Float(n)
        re[0] = 0.5 * (xr[0] + xr[n]) * scale
        im[0] = 0.5 * (xr[0] - xr[n]) * scale
        for k in 1..<n {
            let er = 0.5 * (xr[k] + xr[n - k]), ei = 0.5 * (xi[k] - xi[n - k])
            let dr = 0.5 * (xr[k] - xr[n - k]), di = 0.5 * (xi[k] + xi[n - k])
            let c = rotation[2 * k], s = -rotation[2 * k + 1]
            let or = dr * c - di * s, oi = dr * s + di * c
            re[k] = (er - oi) * scale
            im[k] = (ei + or) * scale
        }
        // Exchanging real and imaginary parts before and after turns the forward transform into the inverse one.
        let (zi, zr) = transform(im, re, work.base + 3 * half, work.base + 2 * half)
        for k in 0..<n {
            samples[2 * k] = zr[k]
            samples[2 * k + 1] = zi[k]
        }
    }

    private typealias Row = UnsafeMutablePointer<Float>

    private func transform(_ ar: Row, _ ai: Row, _ br: Row, _ bi: Row) -> (Row, Row) {
        var (xr, xi, yr, yi) = (ar, ai, br, bi)
        var length = half
        var stride = 1
        var table = UnsafePointer(twiddles.base)
        while length % 4 == 0 {
            if stride == 1 {
                firstStage(xr, xi, yr, yi, table, groups: length / 4)
            } else {
                stage(xr, xi, yr, yi, table, groups: length / 4, stride: stride)
            }
            table += 6 * (length / 4)
            length /= 4
            stride *= 4
            swap(&xr, &yr)
            swap(&xi, &yi)
        }
        if length == 3 {
            radix3(xr, xi, yr, yi, stride: stride)
            return (yr, yi)
        }
        return (xr, xi)
    }

    private typealias Quad = SIMD4<Float>

    @inline(__always)
    private func quad(_ pointer: UnsafePointer<Float>, _ index: Int) -> Quad {
        UnsafeRawPointer(pointer + index).loadUnaligned(as: Quad.self)
    }

    @inline(__always)
    private func put(_ value: Quad, _ pointer: Row, _ index: Int) {
        UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Quad.self)
    }

    /// The first stage: four neighbouring groups a step, transposed while storing.
    @inline(__always)
    private func firstStage(
        _ xr: Row, _ xi: Row, _ yr: Row, _ yi: Row, _ table: UnsafePointer<Float>, groups m: Int
    ) {
        var p = 0
        while p < m {
            let ar = quad(xr, p), ai = quad(xi, p), br = quad(xr, p + m), bi = quad(xi, p + m)
            let cr = quad(xr, p + 2 * m), ci = quad(xi, p + 2 * m), dr = quad(xr, p + 3 * m), di = quad(xi, p + 3 * m)
            let sr = ar + cr, si = ai + ci, tr = br + dr, ti = bi + di
            let ur = ar - cr, ui = ai - ci, vr = di - bi, vi = br - dr
            let r0 = sr + tr, i0 = si + ti
            let er = ur - vr, ei = ui - vi, fr = sr - tr, fi = si - ti, gr = ur + vr, gi = ui + vi
            let w1r = quad(table, p), w1i = quad(table, p + m)
            let w2r = quad(table, p + 2 * m), w2i = quad(table, p + 3 * m)
            let w3r = quad(table, p + 4 * m), w3i = quad(table, p + 5 * m)
            storeTransposed(r0, er * w1r - ei * w1i, fr * w2r - fi * w2i, gr * w3r - gi * w3i, yr + 4 * p)
            storeTransposed(i0, er * w1i + ei * w1r, fr * w2i + fi * w2r, gr * w3i + gi * w3r, yi + 4 * p)
            p += 4
        }
    }

    @inline(__always)
    private func storeTransposed(_ a: Quad, _ b: Quad, _ c: Quad, _ d: Quad, _ row: Row) {
        put(Quad(a[0], b[0], c[0], d[0]), row, 0)
        put(Quad(a[1], b[1], c[1], d[1]), row, 4)
        put(Quad(a[2], b[2], c[2], d[2]), row, 8)
        put(Quad(a[3], b[3], c[3], d[3]), row, 12)
    }

    /// A later stage: `stride` (a multiple of four) neighbouring columns share one twiddle.
    @inline(__always)
    private func stage(
        _ xr: Row, _ xi: Row, _ yr: Row, _ yi: Row, _ table: UnsafePointer<Float>, groups m: Int, stride s: Int
    ) {
        for p in 0..<m {
            let w1r = Quad(repeating: table[p]), w1i = Quad(repeating: table[p + m])
            let w2r = Quad(repeating: table[p + 2 * m]), w2i = Quad(repeating: table[p + 3 * m])
            let w3r = Quad(repeating: table[p + 4 * m]), w3i = Quad(repeating: table[p + 5 * m])
            var q = 0
            while q < s {
                let i = q + s * p, o = q + 4 * s * p, n = s * m
                let ar = quad(xr, i), ai = quad(xi, i), br = quad(xr, i + n), bi = quad(xi, i + n)
                let cr = quad(xr, i + 2 * n), ci = quad(xi, i + 2 * n)
                let dr = quad(xr, i + 3 * n), di = quad(xi, i + 3 * n)
                let sr = ar + cr, si = ai + ci, tr = br + dr, ti = bi + di
                let ur = ar - cr, ui = ai - ci, vr = di - bi, vi = br - dr
                let er = ur - vr, ei = ui - vi, fr = sr - tr, fi = si - ti, gr = ur + vr, gi = ui + vi
                put(sr + tr, yr, o)
                put(si + ti, yi, o)
                put(er * w1r - ei * w1i, yr, o + s)
                put(er * w1i + ei * w1r, yi, o + s)
                put(fr * w2r - fi * w2i, yr, o + 2 * s)
                put(fr * w2i + fi * w2r, yi, o + 2 * s)
                put(gr * w3r - gi * w3i, yr, o + 3 * s)
                put(gr * w3i + gi * w3r, yi, o + 3 * s)
                q += 4
            }
        }
    }

    /// The last stage of 3 * 4^a points: three columns, no twiddles.
    @inline(__always)
    private func radix3(_ xr: Row, _ xi: Row, _ yr: Row, _ yi: Row, stride s: Int) {
        let root = Quad(repeating: Float(0.75).squareRoot())
        var q = 0
        while q < s {
            let ar = quad(xr, q), ai = quad(xi, q), br = quad(xr, q + s), bi = quad(xi, q + s)
            let cr = quad(xr, q + 2 * s), ci = quad(xi, q + 2 * s)
            let tr = br + cr, ti = bi + ci
            let ur = ar - 0.5 * tr, ui = ai - 0.5 * ti
            let vr = root * (bi - ci), vi = root * (cr - br)
            put(ar + tr, yr, q)
            put(ai + ti, yi, q)
            put(ur + vr, yr, q + s)
            put(ui + vi, yi, q + s)
            put(ur - vr, yr, q + 2 * s)
            put(ui - vi, yi, q + 2 * s)
            q += 4
        }
    }
}
