/// Finds by how many samples one sound lags behind another: coarsely at 8 kHz, then to the sample at 48 kHz.
struct DelayFinder: Sendable {
    /// How well the two fit at a delay: 1 is the same sound at any level, 0 is nothing in common.
    struct Match: Sendable, Equatable {
        var delay: Int
        /// Between samples, by a parabola through the best three.
        var exactDelay: Double
        var correlation: Double
    }

    private static let decimation = 6
    /// Below this the two are taken for different sounds.
    private static let leastCorrelation = 0.3
    /// At this the last delay still holds and nothing else is looked at.
    private static let certainCorrelation = 0.85
    /// Another delay is believed when the last one fits this much worse. In a pause of the speech only steady tones are
    /// left, which fit nearly as well some periods off.
    private static let stickiness = 0.6
    /// A delay near the last one is good enough not to look everywhere.
    private static let goodCorrelation = 0.6
    /// How far from the last delay to look first, in samples at 8 kHz.
    private static let nearby = 80
    /// How far around a delay to look to the sample: more than any clock drifts in a window.
    private static let fineReach = 12

    let longestDelay: Int
    let window: Int
    private let transform: FourierTransform

    init(longestDelay: Int, window: Int) {
        self.longestDelay = longestDelay / Self.decimation * Self.decimation
        self.window = window
        let needed = (window + longestDelay) / Self.decimation
        var size = 2
        while size < needed { size *= 2 }
        transform = FourierTransform(count: size)
    }

    /// - Parameters:
    ///   - received: `window` samples.
    ///   - source: the `longestDelay` samples before the same time, then the same `window`.
    ///   - last: the delay found before, looked at first.
    func find(received: [Float], source: [Float], near last: Int?) -> Match? {
        guard let last else { return findAfresh(received, source, near: nil) }
        let held = fine(around: last, received, source)
        if held.correlation >= Self.certainCorrelation { return held }
        guard let other = findAfresh(received, source, near: last) else { return nil }
        return held.correlation >= Self.stickiness * other.correlation ? held : other
    }

    private func findAfresh(_ received: [Float], _ source: [Float], near last: Int?) -> Match? {
        let lowReceived = Self.decimate(received)
        let lowSource = Self.decimate(source)
        if let last {
            let middle = last / Self.decimation
            let range = max(0, middle - Self.nearby)...min(longestDelay / Self.decimation, middle + Self.nearby)
            let coarse = search(lowReceived, lowSource, delays: range, longest: longestDelay / Self.decimation)
            if coarse.correlation > Self.goodCorrelation { return refine(coarse, received, source) }
        }
        return searchEverywhere(lowReceived, lowSource).flatMap { refine($0, received, source) }
    }

    private func refine(_ coarse: Match, _ received: [Float], _ source: [Float]) -> Match? {
        let match = fine(around: coarse.delay * Self.decimation, received, source)
        return match.correlation >= Self.leastCorrelation ? match : nil
    }

    private func fine(around middle: Int, _ received: [Float], _ source: [Float]) -> Match {
        let range = max(0, middle - Self.fineReach)...min(longestDelay, middle + Self.fineReach)
        return search(received, source, delays: range, longest: longestDelay)
    }

    /// Normalised correlation at each delay of a range; the best one.
    private func search(_ received: [Float], _ source: [Float], delays: ClosedRange<Int>, longest: Int) -> Match {
        let values = delays.map { Self.correlation(received, source, offset: longest - $0) }
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        var exact = Double(delays.lowerBound + best)
        if best > 0, best + 1 < values.count {
            let (a, b, c) = (values[best - 1], values[best], values[best + 1])
            let curve = a - 2 * b + c
            if curve < 0 { exact += (a - c) / 2 / curve }
        }
        return Match(delay: delays.lowerBound + best, exactDelay: exact, correlation: values[best])
    }

    private static func correlation(_ received: [Float], _ source: [Float], offset: Int) -> Double {
        received.withUnsafeBufferPointer { r in
            source.withUnsafeBufferPointer { s in
                var (product, energyR, energyS): (Float, Float, Float) = (0, 0, 0)
                var index = 0
                let count = r.count
                while index < count {
                    let (a, b) = (r[index], s[index &+ offset])
                    product += a * b
                    energyR += a * a
                    energyS += b * b
                    index &+= 1
                }
                let scale = (Double(energyR) * Double(energyS)).squareRoot()
                return scale > 0 ? Double(product) / scale : 0
            }
        }
    }

    /// Correlates over all delays by Fourier transforms. The products wrap round only where no delay is looked at.
    private func searchEverywhere(_ received: [Float], _ source: [Float]) -> Match? {
        let size = transform.count
        // One complex transform for two real signals: received as real, source as imaginary part.
        var re = received + [Float](repeating: 0, count: size - received.count)
        var im = source + [Float](repeating: 0, count: size - source.count)
        transform.transform(&re, &im)
        (re, im) = Self.crossSpectrum(re, im)
        transform.transform(&re, &im)
        return best(re, source, window: received.count)
    }

    /// From Z = R + iS: conj(R) · S, conjugated so that another forward transform is the inverse.
    private static func crossSpectrum(_ re: [Float], _ im: [Float]) -> ([Float], [Float]) {
        let size = re.count
        var real = [Float](repeating: 0, count: size)
        var imaginary = real
        for k in 0..<size {
            let m = (size - k) % size
            let (rr, ri) = ((re[k] + re[m]) / 2, (im[k] - im[m]) / 2)
            let (sr, si) = ((im[k] + im[m]) / 2, (re[m] - re[k]) / 2)
            real[k] = rr * sr + ri * si
            imaginary[k] = -(rr * si - ri * sr)
        }
        return (real, imaginary)
    }

    /// The offset with the largest product in proportion to the source's energy there.
    private func best(_ products: [Float], _ source: [Float], window: Int) -> Match? {
        let longest = longestDelay / Self.decimation
        var energy = source[..<window].reduce(0.0) { $0 + Double($1) * Double($1) }
        var best: (offset: Int, score: Double)?
        for offset in 0...longest {
            let score = energy > 1 ? Double(products[offset]) / energy.squareRoot() : 0
            if score > best?.score ?? 0 { best = (offset, score) }
            guard offset < longest else { break }
            energy += Double(source[offset + window] * source[offset + window])
            energy -= Double(source[offset] * source[offset])
        }
        return best.map { Match(delay: longest - $0.offset, exactDelay: Double(longest - $0.offset), correlation: 1) }
    }

    /// A sixth of the rate; the mean over two lengths keeps most of what 8 kHz cannot hold out.
    static func decimate(_ samples: [Float]) -> [Float] {
        samples.withUnsafeBufferPointer { samples in
            (0..<samples.count / decimation).map { index in
                var sum: Float = 0
                var place = index * decimation
                let end = min(place + decimation, samples.count)
                while place < end {
                    sum += samples[place]
                    place += 1
                }
                return sum / Float(decimation)
            }
        }
    }
}
