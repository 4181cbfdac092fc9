import RapportBase
import RapportCodecs
import Testing

@Suite("VP8 decoder and hostile input")
struct VP8DecoderInputTests {
    static func stream(_ count: Int, width: Int = 64, height: Int = 48) throws -> [EncodedVideo] {
        var encoder = try VP8Encoder(width: width, height: height)
        var frames: [EncodedVideo] = []
        for index in 0..<count {
            let frame = Scene.picture(index, width: width, height: height)
            let encoded = try encoder.encode(
                frame, rtpTimestamp: RTPTimestamp(UInt32(index * 3000)), forceKeyFrame: index == count / 2)
            frames.append(try #require(encoded))
        }
        return frames
    }

    /// The pixels that a decoder which saw only this key frame makes of it.
    static func reference(_ bytes: [UInt8]) throws -> [UInt8] {
        var decoder = try VP8Decoder()
        return pixels(try #require(try decoder.decode(bytes, timestamp: .zero)))
    }

    static func pixels(_ frame: VideoFrame) -> [UInt8] { frame.buffer.withUnsafeBytes { Array($0) } }

    @Test("a delta frame before any key frame asks for a key frame")
    func deltaFirst() throws {
        let frames = try Self.stream(8)
        var decoder = try VP8Decoder()
        #expect(throws: CodecError.keyFrameRequired) { _ = try decoder.decode(frames[3].bytes, timestamp: .zero) }
        #expect(decoder.needsKeyFrame == true)
    }

    @Test("a key frame cut at any length throws or shows a whole picture, and the next key frame decodes as new")
    func truncatedKeyFrame() throws {
        let frames = try Self.stream(4)
        let whole = frames[0].bytes
        let expected = try Self.reference(frames[2].bytes)
        var decoder = try VP8Decoder()
        var refused = 0
        for length in 0..<whole.count {
            do throws(CodecError) {
                let picture = try decoder.decode(Array(whole[..<length]), timestamp: .zero)
                #expect(picture?.width == 64 && picture?.height == 48)
            } catch {
                refused += 1
                #expect(decoder.needsKeyFrame == true)
                if length < 3 { #expect(error == .payloadTooShort(length)) }
            }
            guard length % 16 == 0 else { continue }
            let good = try #require(try decoder.decode(frames[2].bytes, timestamp: .zero))
            #expect(Self.pixels(good) == expected)
        }
        #expect(refused > whole.count * 9 / 10, "\(refused) of \(whole.count)")
    }

    @Test("after a broken delta frame everything up to the next key frame is refused")
    func brokenDelta() throws {
        let frames = try Self.stream(8)
        var decoder = try VP8Decoder()
        _ = try decoder.decode(frames[0].bytes, timestamp: .zero)
        #expect(throws: CodecError.self) { _ = try decoder.decode(Array(frames[1].bytes.prefix(5)), timestamp: .zero) }
        #expect(throws: CodecError.keyFrameRequired) { _ = try decoder.decode(frames[2].bytes, timestamp: .zero) }
        #expect(throws: CodecError.keyFrameRequired) { _ = try decoder.decode(frames[3].bytes, timestamp: .zero) }
        let good = try #require(try decoder.decode(frames[4].bytes, timestamp: .zero))
        #expect(Self.pixels(good) == (try Self.reference(frames[4].bytes)))
        #expect(try decoder.decode(frames[5].bytes, timestamp: .zero) != nil)
    }

    @Test("random bytes behind a valid header never trap, and the next key frame decodes as new")
    func randomBytes() throws {
        let frames = try Self.stream(2)
        let expected = try Self.reference(frames[0].bytes)
        var generator = Generator(state: 20260107)
        var decoder = try VP8Decoder()
        for round in 0..<400 {
            var bytes = generator.bytes(Int(generator.next() % 300))
            if round % 2 == 0, bytes.count > 10 { bytes.replaceSubrange(0..<10, with: frames[0].bytes[..<10]) }
            let picture = try? decoder.decode(bytes, timestamp: .zero)
            if let picture { #expect(picture.width <= 4096 && picture.height <= 4096) }
        }
        let good = try #require(try decoder.decode(frames[0].bytes, timestamp: .zero))
        #expect(Self.pixels(good) == expected)
    }

    @Test("frames with flipped bits never trap")
    func flippedBits() throws {
        let frames = try Self.stream(6)
        var generator = Generator(state: 7)
        for _ in 0..<60 {
            var decoder = try VP8Decoder()
            for frame in frames {
                var bytes = frame.bytes
                for _ in 0..<3 {
                    let position = 10 + Int(generator.next() % UInt64(max(bytes.count - 10, 1)))
                    guard position < bytes.count else { continue }
                    bytes[position] ^= 1 << UInt8(generator.next() % 8)
                }
                let picture = try? decoder.decode(bytes, timestamp: .zero)
                if let picture { #expect(picture.width == 64 && picture.height == 48) }
            }
        }
    }

    @Test("a header that claims a huge or an empty picture is refused before it costs memory")
    func hugePicture() throws {
        var decoder = try VP8Decoder()
        func header(_ width: Int, _ height: Int) -> [UInt8] {
            [
                0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, UInt8(width & 255), UInt8(width >> 8), UInt8(height & 255),
                UInt8(height >> 8),
            ]
                + Array(repeating: 0, count: 40)
        }
        for (width, height) in [(16_383, 16_383), (4097, 16), (16, 4097), (0, 16), (16, 0)] {
            #expect(throws: CodecError.unsupportedPictureSize(width: width, height: height)) {
                _ = try decoder.decode(header(width, height), timestamp: .zero)
            }
        }
        var wrongStart = header(16, 16)
        wrongStart[4] = 2
        #expect(throws: CodecError.corruptPayload) { _ = try decoder.decode(wrongStart, timestamp: .zero) }
    }
}
