import Foundation
import RapportBase
import RapportTestMedia

/// Files of the repository's `Fixtures` folder.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }
}

/// A seeded generator: the same numbers on every run.
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

    /// Nearly Gaussian, standard deviation 1: the sum of twelve even numbers.
    mutating func gaussian() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double(next() >> 11) / Double(1 << 53) }
    }
}

/// A picture of one luma formula and grey chroma.
func picture(width: Int, height: Int, luma: (Int, Int) -> Int) -> I420Buffer {
    I420Buffer(width: width, height: height) { planes in
        planes.update(repeating: 128)
        for y in 0..<height {
            for x in 0..<width { planes[y * width + x] = UInt8(clamping: luma(x, y)) }
        }
    }
}

func bytes(of buffer: I420Buffer) -> [UInt8] { buffer.withUnsafeBytes { Array($0) } }
