import RapportBase
import RapportCodecs
import RapportTestMedia
import Testing

@Suite("Frame marks")
struct FrameMarkTests {
    @Test(
        "every kind of number reads back at every size",
        arguments: [
            (64, 36), (65, 37), (160, 90), (320, 180), (321, 241), (640, 360), (1280, 720), (90, 160),
        ])
    func sizes(width: Int, height: Int) {
        let plain = picture(width: width, height: height) { x, y in 60 + (x * 7 + y * 13) % 90 }
        #expect(FrameMark.read(plain) == nil)
        for number in [0, 1, 2, 255, 256, 65_535, 123_456, FrameMark.modulus - 1] {
            #expect(FrameMark.read(FrameMark.marking(plain, with: number)) == number)
        }
        #expect(FrameMark.read(FrameMark.marking(plain, with: FrameMark.modulus + 5)) == 5)
    }

    @Test("a marked picture differs from the plain one only in the strip")
    func onlyTheStrip() {
        let plain = picture(width: 128, height: 72) { x, y in x + y }
        let marked = bytes(of: FrameMark.marking(plain, with: 99))
        let before = bytes(of: plain)
        let rows = FrameMark.stripHeight(72)
        #expect(marked[(rows * 128)..<(128 * 72)] == before[(rows * 128)..<(128 * 72)])
        #expect(marked[..<(rows * 128)] != before[..<(rows * 128)])
    }

    @Test("flat, noisy and unmarked pictures hold no number")
    func unmarked() {
        var generator = Generator(state: 1)
        for level in [0, 30, 128, 220, 255] {
            #expect(FrameMark.read(picture(width: 320, height: 180) { _, _ in level }) == nil)
        }
        for _ in 0..<20 {
            let noise = picture(width: 64, height: 36) { _, _ in Int(generator.next() % 256) }
            #expect(FrameMark.read(noise) == nil)
        }
        #expect(FrameMark.read(TestPattern(width: 320, height: 180, marked: false).picture(3)) == nil)
        #expect(FrameMark.read(picture(width: 32, height: 16) { _, _ in 0 }) == nil)
    }

    @Test("one cell read wrongly is noticed")
    func damagedCell() {
        let marked = FrameMark.marking(picture(width: 320, height: 180) { _, _ in 90 }, with: 54_321)
        for cell in 0..<32 {
            let damaged = I420Buffer(width: 320, height: 180) { planes in
                marked.withUnsafeBytes { _ = planes.update(fromContentsOf: $0) }
                for y in 0..<10 {
                    for x in cell * 10..<cell * 10 + 10 { planes[y * 320 + x] = planes[y * 320 + x] > 128 ? 30 : 220 }
                }
            }
            #expect(FrameMark.read(damaged) == nil)
        }
    }

    @Test(
        "marks survive VP8 at 150 kbit/s and then half and quarter size", arguments: [(640, 360, 150), (320, 180, 60)])
    func survivesCompression(width: Int, height: Int, kilobits: Int) throws {
        let pattern = TestPattern(width: width, height: height, seed: 4)
        var encoder = try VP8Encoder(
            width: width, height: height, configuration: VP8EncoderConfiguration(bitrate: .kilobits(kilobits)))
        var decoder = try VP8Decoder()
        var total = 0
        for index in 0..<24 {
            let frame = pattern.frame(1000 + index)
            let encoded = try #require(try encoder.encode(frame, rtpTimestamp: RTPTimestamp(UInt32(index * 3000))))
            let received = try #require(try decoder.decode(encoded.bytes, timestamp: .zero)).buffer
            total += encoded.bytes.count
            #expect(FrameMark.read(received) == 1000 + index)
            guard index % 8 == 7 else { continue }
            for divisor in [2, 4] where width / divisor >= 160 {
                let small = PictureScaler.scaled(received, width: width / divisor, height: height / divisor)
                #expect(FrameMark.read(small) == 1000 + index)
            }
        }
        #expect(Double(total) * 8 / 0.8 < Double(kilobits) * 1000 * 1.5)
    }

    @Test("a mark survives being sent at quarter size and scaled up again")
    func survivesScaledEncoding() throws {
        let pattern = TestPattern(width: 640, height: 360)
        var encoder = try VP8Encoder(
            width: 160, height: 90, configuration: VP8EncoderConfiguration(bitrate: .kilobits(80)))
        var decoder = try VP8Decoder()
        for index in 0..<8 {
            let small = PictureScaler.scaled(pattern.picture(index), width: 160, height: 90)
            let encoded = try #require(
                try encoder.encode(
                    VideoFrame(buffer: small, timestamp: .zero), rtpTimestamp: RTPTimestamp(UInt32(index * 3000))))
            let received = try #require(try decoder.decode(encoded.bytes, timestamp: .zero)).buffer
            #expect(FrameMark.read(received) == index)
            #expect(FrameMark.read(PictureScaler.scaled(received, width: 640, height: 360)) == index)
        }
    }
}

@Suite("Test pattern")
struct TestPatternTests {
    @Test("the same index and seed give the same picture, others give others")
    func deterministic() {
        let (a, b) = (TestPattern(width: 160, height: 90, seed: 3), TestPattern(width: 160, height: 90, seed: 3))
        #expect(bytes(of: a.picture(17)) == bytes(of: b.picture(17)))
        #expect(bytes(of: a.picture(17)) != bytes(of: a.picture(18)))
        #expect(bytes(of: TestPattern(width: 160, height: 90, seed: 4).picture(17)) != bytes(of: a.picture(17)))
        #expect(a.frame(30).timestamp == .seconds(1))
        #expect(a.frame(30, timestamp: .seconds(9)).timestamp == .seconds(9))
    }

    @Test("any size holds a marked, moving picture", arguments: [(64, 36), (99, 77), (180, 320), (480, 48)])
    func anySize(width: Int, height: Int) {
        let pattern = TestPattern(width: width, height: height)
        for index in [0, 40, 100_000] { #expect(FrameMark.read(pattern.picture(index)) == index) }
    }

    @Test("successive pictures differ by noise and motion, and no 16 by 16 block is flat")
    func notFlat() throws {
        let pattern = TestPattern(width: 320, height: 180, marked: false)
        let (first, next, later) = (pattern.picture(0), pattern.picture(1), pattern.picture(30))
        let near = try #require(VideoQuality.psnr(first, next))
        let far = try #require(VideoQuality.psnr(first, later))
        #expect(near > 28 && near < 40, "\(near) dB")
        #expect(far < near - 3, "\(far) dB against \(near)")
        let luma = bytes(of: first)
        for y in stride(from: 0, to: 160, by: 16) {
            for x in stride(from: 0, to: 304, by: 16) {
                let block = (0..<256).map { luma[(y + $0 / 16) * 320 + x + $0 % 16] }
                #expect(Int(block.max() ?? 0) - Int(block.min() ?? 0) >= 5)
            }
        }
    }
}
