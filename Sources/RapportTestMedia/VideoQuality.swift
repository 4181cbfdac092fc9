public import RapportBase

/// How far a received picture is from the one that was sent.
public enum VideoQuality {
    /// Peak signal-to-noise ratio of the luma planes in dB: 10 log10(255² / mean squared difference).
    /// Infinite for equal pictures, nil for pictures of different sizes.
    public static func psnr(_ a: I420Buffer, _ b: I420Buffer) -> Double? {
        guard a.width == b.width, a.height == b.height else { return nil }
        let pixels = a.width * a.height
        let sum = a.withUnsafeBytes { first in
            b.withUnsafeBytes { second in squaredDifference(first, second, count: pixels) }
        }
        return sum == 0 ? .infinity : Trigonometry.decibels(255 * 255 * Double(pixels) / Double(sum))
    }

    private static func squaredDifference(
        _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, count: Int
    ) -> Int {
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        var total = 0
        var start = 0
        while start < count {
            // Short stretches in 32 bits let the compiler use wide registers: 16384 · 255² stays below 2^31.
            let end = min(start + 16_384, count)
            var part: Int32 = 0
            var index = start
            while index < end {
                let difference = Int32(a[index]) &- Int32(b[index])
                part &+= difference &* difference
                index &+= 1
            }
            total += Int(part)
            start = end
        }
        return total
    }

    /// Structural similarity of the luma planes (Wang et al. 2004): mean over windows of 8×8 pixels every 4 pixels,
    /// evenly weighted, with K1 = 0.01 and K2 = 0.03. 1 for equal pictures; nil for different sizes or under 8×8.
    public static func ssim(_ a: I420Buffer, _ b: I420Buffer) -> Double? {
        guard a.width == b.width, a.height == b.height, a.width >= 8, a.height >= 8 else { return nil }
        return a.withUnsafeBytes { first in
            b.withUnsafeBytes { second in
                guard let first = first.baseAddress, let second = second.baseAddress else { return nil }
                var sum = 0.0
                var windows = 0
                for y in stride(from: 0, through: a.height - 8, by: 4) {
                    for x in stride(from: 0, through: a.width - 8, by: 4) {
                        sum += similarity(first + y * a.width + x, second + y * a.width + x, stride: a.width)
                        windows += 1
                    }
                }
                return sum / Double(windows)
            }
        }
    }

    private static func similarity(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, stride: Int) -> Double {
        var (sumA, sumB, squareA, squareB, product) = (0, 0, 0, 0, 0)
        var row = 0
        while row < 8 {
            var x = row &* stride
            let end = x &+ 8
            while x < end {
                let (p, q) = (Int(a[x]), Int(b[x]))
                sumA &+= p
                sumB &+= q
                squareA &+= p &* p
                squareB &+= q &* q
                product &+= p &* q
                x &+= 1
            }
            row &+= 1
        }
        let (meanA, meanB) = (Double(sumA) / 64, Double(sumB) / 64)
        let varianceA = Double(squareA) / 64 - meanA * meanA
        let varianceB = Double(squareB) / 64 - meanB * meanB
        let covariance = Double(product) / 64 - meanA * meanB
        let (c1, c2) = (6.5025, 58.5225)
        return (2 * meanA * meanB + c1) * (2 * covariance + c2)
            / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2))
    }
}
