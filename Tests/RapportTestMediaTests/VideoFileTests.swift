import RapportBase
import RapportTestMedia
import Testing

@Suite("Y4M files")
struct Y4MFileTests {
    static func frames(_ count: Int, width: Int, height: Int) -> [I420Buffer] {
        (0..<count).map { index in picture(width: width, height: height) { x, y in x * 3 + y * 5 + index * 17 } }
    }

    static func file(_ header: String, _ frames: [I420Buffer], frameLine: String = "FRAME\n") -> [UInt8] {
        frames.reduce(Array(header.utf8)) { bytes, frame in
            bytes + Array(frameLine.utf8) + frame.withUnsafeBytes { Array($0) }
        }
    }

    @Test("what is written reads back, also with odd sides")
    func roundTrip() throws {
        for (width, height) in [(16, 8), (17, 9)] {
            let frames = Self.frames(3, width: width, height: height)
            var bytes = Y4MHeader(width: width, height: height, frameRateNumerator: 30_000, frameRateDenominator: 1001)
                .serialized()
            for frame in frames { bytes += Y4MHeader.serialized(frame: frame) }
            let file = try Y4MFile(parsing: bytes)
            #expect(file.frameCount == 3 && file.header.width == width && file.header.height == height)
            #expect(abs(file.header.frameRate - 29.97) < 0.001)
            for index in 0..<3 {
                #expect(
                    RapportTestMediaTests.bytes(of: file.frame(index).buffer)
                        == RapportTestMediaTests.bytes(of: frames[index]))
            }
            #expect(file.frame(1).timestamp == Timestamp(nanoseconds: 33_366_666))
        }
    }

    @Test(
        "usual variants of the header are taken",
        arguments: [
            "YUV4MPEG2 W16 H8 F30:1\n", "YUV4MPEG2 W16 H8 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\n",
            "YUV4MPEG2 C420mpeg2 I? F25:1 H8 W16 A0:0\n",
            "YUV4MPEG2 W16 H8 F30000:1001 Ip C420paldv XCOLORRANGE=LIMITED\n",
            "YUV4MPEG2 W16 H8 F15:1 C420\n",
        ])
    func variants(header: String) throws {
        let frames = Self.frames(2, width: 16, height: 8)
        for line in ["FRAME\n", "FRAME Ip\n"] {
            let file = try Y4MFile(parsing: Self.file(header, frames, frameLine: line))
            #expect(file.frameCount == 2)
            #expect(RapportTestMediaTests.bytes(of: file.frame(1).buffer) == RapportTestMediaTests.bytes(of: frames[1]))
        }
    }

    @Test("header fields that are not taken are named")
    func wrongFields() {
        let cases: [(String, MediaFileError)] = [
            ("RIFF", .wrongFormat(expected: .y4m)),
            ("YUV4MPEG3 W16 H8 F30:1\n", .wrongFormat(expected: .y4m)),
            ("YUV4MPEG2X W16 H8 F30:1\n", .wrongFormat(expected: .y4m)),
            ("YUV4MPEG2 H8 F30:1\n", .invalidField(.y4m, .width, value: "missing")),
            ("YUV4MPEG2 W16 F30:1\n", .invalidField(.y4m, .height, value: "missing")),
            ("YUV4MPEG2 W16 H8\n", .invalidField(.y4m, .frameRate, value: "missing")),
            ("YUV4MPEG2 W-1 H8 F30:1\n", .invalidField(.y4m, .width, value: "-1")),
            ("YUV4MPEG2 W99999 H8 F30:1\n", .invalidField(.y4m, .width, value: "99999")),
            ("YUV4MPEG2 W16 Hx F30:1\n", .invalidField(.y4m, .height, value: "x")),
            ("YUV4MPEG2 W16 H8 F30\n", .invalidField(.y4m, .frameRate, value: "30")),
            ("YUV4MPEG2 W16 H8 F30:0\n", .invalidField(.y4m, .frameRate, value: "0")),
            ("YUV4MPEG2 W16 H8 F30:1 C422\n", .invalidField(.y4m, .colorSpace, value: "422")),
            ("YUV4MPEG2 W16 H8 F30:1 C420p10\n", .invalidField(.y4m, .colorSpace, value: "420p10")),
            ("YUV4MPEG2 W16 H8 F30:1 It\n", .invalidField(.y4m, .interlacing, value: "t")),
            ("YUV4MPEG2 W16 H8 F30:1\n", .empty(.y4m)),
            ("YUV4MPEG2 W16 H8 F30:1\nFRANK\n", .invalidFrame(.y4m, index: 0)),
            ("YUV4MPEG2 W16 H8 F30:1\nFRAMED\n", .invalidFrame(.y4m, index: 0)),
        ]
        for (text, expected) in cases {
            #expect(throws: expected, "\(text)") { _ = try Y4MFile(parsing: Array(text.utf8)) }
        }
        let endless = Array("YUV4MPEG2 W16 H8 ".utf8) + Array(repeating: 0x58, count: 4000)
        #expect(throws: MediaFileError.invalidField(.y4m, .headerLength, value: "4017")) {
            _ = try Y4MFile(parsing: endless)
        }
    }

    @Test("a file cut at any length names the frame it ends in")
    func truncated() {
        let header = "YUV4MPEG2 W16 H8 F30:1\n"
        let whole = Self.file(header, Self.frames(2, width: 16, height: 8))
        let frame = 6 + 16 * 8 * 3 / 2
        for length in 0..<whole.count {
            let inside = length - header.utf8.count
            let expected: MediaFileError =
                if length < 9 {
                    .truncatedHeader(.y4m, .signature)
                } else if inside < 0 {
                    .truncatedHeader(.y4m, .headerLength)
                } else {
                    inside == 0 ? .empty(.y4m) : .truncatedFrame(.y4m, index: inside / frame)
                }
            // A file that ends between two frames is a shorter file.
            if inside == frame {
                #expect((try? Y4MFile(parsing: Array(whole[..<length])))?.frameCount == 1)
            } else {
                #expect(throws: expected, "\(length)") { _ = try Y4MFile(parsing: Array(whole[..<length])) }
            }
        }
    }

    @Test("random bytes behind the signature never trap")
    func random() {
        var generator = Generator(state: 5)
        for _ in 0..<300 {
            let bytes = Array("YUV4MPEG2 W".utf8) + generator.bytes(Int(generator.next() % 200))
            #expect(throws: MediaFileError.self) { _ = try Y4MFile(parsing: bytes) }
        }
    }
}

@Suite("IVF files")
struct IVFFileTests {
    static let file = IVFFile(
        width: 640, height: 360,
        frames: [
            .init(presentationTime: 0, bytes: [0x10, 1, 2]), .init(presentationTime: 1, bytes: [0x11]),
            .init(presentationTime: 0x1_0000_0002, bytes: [9, 9, 9, 9, 9]),
        ])

    @Test("what is written reads back")
    func roundTrip() throws {
        let read = try IVFFile(parsing: Self.file.serialized())
        #expect(read == Self.file)
        #expect(read.frames.map(\.isKeyFrame) == [true, false, false])
        #expect(read.frameRate == 30)
        let streamed = Self.file.frames.reduce(Self.file.serializedHeader()) { $0 + IVFFile.serialized($1) }
        #expect(streamed == Self.file.serialized())
    }

    @Test("a file cut at any length names the frame it ends in")
    func truncated() {
        let whole = Self.file.serialized()
        let ends = [32, 47, 60]
        for length in 0..<whole.count {
            let expected: MediaFileError =
                switch length {
                case ..<4: .truncatedHeader(.ivf, .signature)
                case ..<32: .truncatedHeader(.ivf, .headerLength)
                case 32: .empty(.ivf)
                case ..<47: .truncatedFrame(.ivf, index: 0)
                case ..<60: .truncatedFrame(.ivf, index: 1)
                default: .truncatedFrame(.ivf, index: 2)
                }
            if length > 32, ends.contains(length) {
                #expect((try? IVFFile(parsing: Array(whole[..<length])))?.frames.count == ends.firstIndex(of: length))
            } else {
                #expect(throws: expected, "\(length)") { _ = try IVFFile(parsing: Array(whole[..<length])) }
            }
        }
    }

    @Test("header fields that are not taken are named with what they hold")
    func wrongFields() {
        let cases: [(Int, [UInt8], MediaFileError)] = [
            (0, [0x52], .wrongFormat(expected: .ivf)),
            (4, [1], .invalidField(.ivf, .version, value: "1")),
            (6, [31], .invalidField(.ivf, .headerLength, value: "31")),
            (6, [255, 255], .truncatedHeader(.ivf, .headerLength)),
            (8, Array("VP90".utf8), .invalidField(.ivf, .codec, value: "VP90")),
            (8, [1, 2, 65, 200], .invalidField(.ivf, .codec, value: "..A.")),
            (12, [0, 0], .invalidField(.ivf, .width, value: "0")),
            (14, [0, 0], .invalidField(.ivf, .height, value: "0")),
            (16, [0], .invalidField(.ivf, .frameRate, value: "0")),
            (32, [0], .invalidFrame(.ivf, index: 0)),
        ]
        for (offset, values, expected) in cases {
            var bytes = Self.file.serialized()
            bytes.replaceSubrange(offset..<offset + values.count, with: values)
            #expect(throws: expected) { _ = try IVFFile(parsing: bytes) }
        }
    }

    @Test("random bytes behind the signature never trap")
    func random() {
        var generator = Generator(state: 8)
        for _ in 0..<500 {
            var bytes = Self.file.serialized()
            for _ in 0..<4 {
                bytes[4 + Int(generator.next() % UInt64(bytes.count - 4))] = UInt8(truncatingIfNeeded: generator.next())
            }
            if let file = try? IVFFile(parsing: bytes) { #expect(!file.frames.isEmpty) }
        }
    }
}
