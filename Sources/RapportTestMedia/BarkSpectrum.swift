/// Energies of 20 ms of sound in the 22 critical bands up to 9500 Hz (Zwicker 1961), for a distance as the ear hears it.
struct BarkSpectrum: Sendable {
    static let frameSamples = 960

    private static let edges = [
        20, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4400, 5300,
        6400,
        7700, 9500,
    ]
    /// Under this many dB below the source's loudest band nothing counts: it is masked.
    private static let maskedBelow = 40.0

    private let transform = FourierTransform(count: 1024)
    private let window: [Float] = (0..<frameSamples).map { index in
        Float(0.5 - 0.5 * Trigonometry.cosine(2 * Double.pi * Double(index) / Double(frameSamples)))
    }

    /// Mean over the bands of the level difference in dB, after both were lifted to the masking floor.
    func distance(_ source: ArraySlice<Float>, _ received: ArraySlice<Float>) -> Double {
        let (a, b) = levels(source, received)
        let floor = (a.max() ?? 0) - Self.maskedBelow
        var sum = 0.0
        for (one, other) in zip(a, b) { sum += abs(max(one, floor) - max(other, floor)) }
        return sum / Double(a.count)
    }

    /// Band levels in dB of two real frames from one complex transform.
    private func levels(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> ([Double], [Double]) {
        let size = transform.count
        var re = zip(a, window).map { $0 * $1 } + [Float](repeating: 0, count: size - Self.frameSamples)
        var im = zip(b, window).map { $0 * $1 } + [Float](repeating: 0, count: size - Self.frameSamples)
        transform.transform(&re, &im)
        var (first, second) = ([Double](), [Double]())
        for band in 0..<Self.edges.count - 1 {
            let low = (Self.edges[band] * size + 47_999) / 48_000
            let high = max(low + 1, (Self.edges[band + 1] * size + 47_999) / 48_000)
            var (energyA, energyB) = (1.0, 1.0)
            for k in low..<high {
                let m = size - k
                let (ar, ai) = (re[k] + re[m], im[k] - im[m])
                let (br, bi) = (im[k] + im[m], re[m] - re[k])
                energyA += Double(ar * ar + ai * ai)
                energyB += Double(br * br + bi * bi)
            }
            first.append(Trigonometry.decibels(energyA))
            second.append(Trigonometry.decibels(energyB))
        }
        return (first, second)
    }
}
