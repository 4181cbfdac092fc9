import RapportBase

/// Pictures and sounds for codec tests: textured, moving, the same on every run.
enum Scene {
    /// A drifting texture with a bright disc that moves over it.
    static func picture(_ index: Int, width: Int, height: Int, noise: Int = 3) -> VideoFrame {
        let buffer = I420Buffer(width: width, height: height) { bytes in
            var generator = Generator(state: UInt64(index) &* 977 &+ 11)
            let discX = width / 2 + (index * 3) % max(width / 3, 1)
            let discY = height / 2
            for y in 0..<height {
                for x in 0..<width {
                    let wave = triangle(x + index * 2, 37) + triangle(y * 2 + x / 3, 53) / 2
                    let dx = x - discX
                    let dy = y - discY
                    let lift = dx * dx + dy * dy < height * height / 16 ? 60 : 0
                    let grain = noise > 0 ? Int(generator.next() >> 33) % (2 * noise + 1) - noise : 0
                    bytes[y * width + x] = UInt8(clamping: 60 + wave + lift + grain)
                }
            }
            fillChroma(bytes, width: width, height: height, index)
        }
        return VideoFrame(buffer: buffer, timestamp: .milliseconds(Int64(index) * 33))
    }

    private static func fillChroma(_ bytes: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int, _ index: Int) {
        let chromaWidth = (width + 1) / 2
        for position in width * height..<bytes.count {
            let x = (position - width * height) % chromaWidth
            bytes[position] = UInt8(100 + triangle(x + index, 41) / 2)
        }
    }

    private static func triangle(_ value: Int, _ period: Int) -> Int {
        let phase = value % (2 * period)
        return phase < period ? phase : 2 * period - phase
    }

    /// Voiced-like sound: harmonics of a gliding pitch under a syllable envelope.
    static func voice(samples: Int, from start: Int = 0, channels: Int = 1) -> [Int16] {
        var output: [Int16] = []
        output.reserveCapacity(samples * channels)
        for index in start..<start + samples {
            let seconds = Double(index) / 48_000
            let phase = 2 * Double.pi * (140 * seconds + 3 * sine(2 * Double.pi * 2 * seconds))
            var value = 0.0
            for harmonic in 1...12 { value += sine(phase * Double(harmonic)) / Double(harmonic) }
            value *= 0.55 + 0.45 * sine(2 * Double.pi * 4 * seconds)
            for channel in 0..<channels { output.append(Int16(value * (channel == 0 ? 6000 : 3000))) }
        }
        return output
    }

    /// Sine by a short series, so that the tests need no mathematics library.
    static func sine(_ angle: Double) -> Double {
        var x = angle.truncatingRemainder(dividingBy: 2 * Double.pi)
        if x > Double.pi { x -= 2 * Double.pi }
        if x < -Double.pi { x += 2 * Double.pi }
        if x > Double.pi / 2 { x = Double.pi - x }
        if x < -Double.pi / 2 { x = -Double.pi - x }
        let s = x * x
        return x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110)))))
    }
}

/// A seeded generator: the same bytes on every run.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var value = state
        value ^= value >> 33
        value = value &* 0xFF51_AFD7_ED55_8CCD
        value ^= value >> 33
        return value
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// How far apart two signals are.
enum Measure {
    /// Peak signal-to-noise ratio of the luma planes in dB.
    static func psnr(_ a: VideoFrame, _ b: VideoFrame) -> Double {
        let pixels = a.width * a.height
        let sum = a.buffer.withUnsafeBytes { first in
            b.buffer.withUnsafeBytes { second in
                var sum = 0
                for index in 0..<pixels {
                    let difference = Int(first[index]) - Int(second[index])
                    sum += difference * difference
                }
                return sum
            }
        }
        return sum == 0 ? .infinity : decibels(255 * 255 * Double(pixels) / Double(sum))
    }

    /// Ratio of the energy of `reference` to that of its difference from `other`, in dB.
    static func snr(_ reference: ArraySlice<Int16>, _ other: ArraySlice<Int16>) -> Double {
        var signal = 0.0
        var noise = 0.0
        for (a, b) in zip(reference, other) {
            signal += Double(a) * Double(a)
            noise += (Double(a) - Double(b)) * (Double(a) - Double(b))
        }
        return noise == 0 ? .infinity : decibels(signal / noise)
    }

    /// 10 log10 by repeated halving and a series for ln(1 + x).
    static func decibels(_ ratio: Double) -> Double {
        guard ratio > 0 else { return -.infinity }
        let exponent = Double(ratio.exponent)
        let z = (ratio.significand - 1) / (ratio.significand + 1)
        var term = z
        var sum = 0.0
        for k in 0..<20 {
            sum += term / Double(2 * k + 1)
            term *= z * z
        }
        return (exponent * 0.693147180559945 + 2 * sum) * 4.342944819032518
    }
}
