import Foundation
import RapportBase
import RapportCodecs
import RapportTestMedia
import Testing

@Suite("Video quality")
struct VideoQualityTests {
    static let base = picture(width: 160, height: 96) { x, y in 80 + (x * 3 + y * 5 + x * y / 16) % 96 }

    @Test("equal pictures give an infinite ratio and a similarity of one")
    func equal() {
        #expect(VideoQuality.psnr(Self.base, Self.base) == .infinity)
        #expect(VideoQuality.ssim(Self.base, Self.base) == 1)
    }

    @Test("a known difference gives the known ratio", arguments: [1, 2, 5, 16])
    func knownDifference(step: Int) throws {
        let luma = bytes(of: Self.base)
        let shifted = picture(width: 160, height: 96) { x, y in Int(luma[y * 160 + x]) + step }
        let expected = 20 * log10(255 / Double(step))
        #expect(abs(try #require(VideoQuality.psnr(Self.base, shifted)) - expected) < 1e-9)
    }

    @Test("noise of a known power gives its ratio within a tenth of a dB, and falling similarity")
    func knownNoise() throws {
        var generator = Generator(state: 12)
        let luma = bytes(of: Self.base)
        var last = 1.0
        for sigma in [2.0, 5.0, 10.0, 20.0] {
            let noisy = picture(width: 160, height: 96) { x, y in
                Int((Double(luma[y * 160 + x]) + sigma * generator.gaussian()).rounded())
            }
            // Rounding to whole levels adds a twelfth to the variance.
            let expected = 10 * log10(255 * 255 / (sigma * sigma + 1.0 / 12))
            #expect(abs(try #require(VideoQuality.psnr(Self.base, noisy)) - expected) < 0.15)
            let similarity = try #require(VideoQuality.ssim(Self.base, noisy))
            #expect(similarity < last - 0.001 && similarity > 0)
            last = similarity
        }
    }

    @Test("similarity forgives a shift of brightness that the ratio punishes as hard as noise")
    func similarityIsStructural() throws {
        var generator = Generator(state: 2)
        let base = picture(width: 160, height: 96) { x, y in 90 + (x * 3 + y * 5) % 32 }
        let luma = bytes(of: base)
        let brighter = picture(width: 160, height: 96) { x, y in Int(luma[y * 160 + x]) + 12 }
        let noisy = picture(width: 160, height: 96) { x, y in
            Int((Double(luma[y * 160 + x]) + 12 * generator.gaussian()).rounded())
        }
        #expect(try #require(VideoQuality.ssim(base, brighter)) > 0.97)
        #expect(try #require(VideoQuality.ssim(base, noisy)) < 0.85)
    }

    @Test("pictures of different sizes are not compared")
    func sizes() {
        let other = picture(width: 96, height: 160) { _, _ in 0 }
        #expect(VideoQuality.psnr(Self.base, other) == nil && VideoQuality.ssim(Self.base, other) == nil)
        var comparison = VideoComparison()
        comparison.push(sent: Self.base, received: other)
        #expect(comparison.mismatched == 1 && comparison.pictures == 0 && comparison.meanPSNR == nil)
    }

    @Test("a comparison keeps the mean and the worst")
    func comparison() throws {
        let luma = bytes(of: Self.base)
        let shifted = picture(width: 160, height: 96) { x, y in Int(luma[y * 160 + x]) + 5 }
        var comparison = VideoComparison()
        comparison.push(sent: Self.base, received: Self.base)
        comparison.push(sent: Self.base, received: shifted)
        let low = 20 * log10(255.0 / 5)
        #expect(abs(try #require(comparison.lowestPSNR) - low) < 1e-9)
        #expect(abs(try #require(comparison.meanPSNR) - (100 + low) / 2) < 1e-9)
        #expect(try #require(comparison.lowestSSIM) < 1)
    }

    @Test("scaling keeps flat areas and means, and the same size is a copy")
    func scaling() {
        #expect(bytes(of: PictureScaler.scaled(Self.base, width: 160, height: 96)) == bytes(of: Self.base))
        let checker = picture(width: 64, height: 64) { x, y in (x + y) % 2 == 0 ? 0 : 200 }
        let half = bytes(of: PictureScaler.scaled(checker, width: 32, height: 32))
        #expect(half.prefix(32 * 32).allSatisfy { $0 == 100 })
        let flat = picture(width: 33, height: 17) { _, _ in 77 }
        #expect(bytes(of: PictureScaler.scaled(flat, width: 100, height: 9)).prefix(900).allSatisfy { $0 == 77 })
    }
}
