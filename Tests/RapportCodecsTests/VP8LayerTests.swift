import RapportBase
import RapportCodecs
import Testing

@Suite("VP8 in two temporal layers")
struct VP8LayerTests {
    private func encode(_ frames: Int, _ change: (Int, inout VP8Encoder) throws -> Void) throws -> [EncodedVideo] {
        var encoder = try VP8Encoder(
            width: VP8Tests.width, height: VP8Tests.height,
            configuration: VP8EncoderConfiguration(bitrate: .kilobits(600), temporalLayers: 2))
        var result: [EncodedVideo] = []
        for index in 0..<frames {
            try change(index, &encoder)
            let frame = Scene.picture(index, width: VP8Tests.width, height: VP8Tests.height)
            let time = RTPTimestamp(UInt32(index * 3000))
            result.append(try #require(try encoder.encode(frame, rtpTimestamp: time, forceKeyFrame: index == 41)))
        }
        return result
    }

    private func pictures(_ frames: [EncodedVideo]) throws -> [VideoFrame] {
        var decoder = try VP8Decoder()
        return try frames.map { try #require(try decoder.decode($0.bytes, timestamp: $0.time)) }
    }

    @Test("pictures of the lower layer are the same, bit for bit, whether the upper one arrived or not")
    func upperIsNeverNeeded() throws {
        let all = try encode(60) { _, _ in }
        let whole = try pictures(all)
        let lower = zip(all, whole).filter { $0.0.temporalLayer == 0 }
        let alone = try pictures(lower.map(\.0))
        #expect(lower.count >= 30 && lower.count < all.count)
        for (frame, picture) in zip(lower, alone) { #expect(Measure.psnr(frame.1, picture) == .infinity) }
        for (index, picture) in whole.enumerated() {
            let original = Scene.picture(index, width: VP8Tests.width, height: VP8Tests.height)
            #expect(Measure.psnr(original, picture) > 28, "picture \(index)")
        }
    }

    @Test("layers alternate, and a key frame is always of the lower one")
    func alternates() throws {
        let frames = try encode(60) { _, _ in }
        #expect(frames[..<41].map(\.temporalLayer) == (0..<41).map { $0 % 2 })
        #expect(frames[41].isKeyFrame && frames[41].temporalLayer == 0)
        #expect(frames[42].temporalLayer == 1 && frames.filter(\.isKeyFrame).count == 2)
    }

    @Test("layers come and go without a key frame, and the rate stays what was asked for")
    func comesAndGoes() throws {
        let frames = try encode(240) { index, encoder in
            if index % 60 == 0 { try encoder.reconfigure { $0.temporalLayers = index / 60 % 2 + 1 } }
        }
        #expect(frames.enumerated().filter(\.element.isKeyFrame).map(\.offset) == [0, 41])
        #expect(frames[..<60].allSatisfy { $0.temporalLayer == 0 })
        #expect(frames[60..<120].contains { $0.temporalLayer == 1 })
        #expect(frames[121..<180].allSatisfy { $0.temporalLayer == 0 })
        _ = try pictures(frames)
        for part in [60..<120, 120..<180, 180..<240] {
            let bits = frames[part].reduce(0) { $0 + $1.bytes.count } * 8 / 2000
            #expect((400...720).contains(bits), "\(bits) kbit/s in \(part)")
        }
    }

    @Test("three layers are refused")
    func refused() {
        #expect(throws: CodecError.invalidSetting(.temporalLayers, 3)) {
            _ = try VP8Encoder(width: 64, height: 64, configuration: VP8EncoderConfiguration(temporalLayers: 3))
        }
    }
}
