import Foundation
import RapportBase
import RapportTestMedia
import Testing

@Suite("WAV files")
struct WAVFileTests {
    static let samples: [Int16] = (0..<960).map { Int16(truncatingIfNeeded: $0 * 37 - 9000) }

    @Test("what is written reads back", arguments: [8_000, 22_050, 48_000, 96_000], [1, 2])
    func roundTrip(rate: Int, channels: Int) throws {
        let file = WAVFile(sampleRate: rate, channels: channels, samples: Self.samples)
        #expect(try WAVFile(parsing: file.serialized()) == file)
        #expect(file.samplesPerChannel == 960 / channels)
    }

    @Test("a file cut at any length names what is missing, and never passes for whole")
    func truncated() throws {
        let whole = WAVFile(samples: Self.samples).serialized()
        for length in 0..<whole.count {
            let expected: MediaFileError =
                switch length {
                case ..<12: .truncatedHeader(.wav, .signature)
                case ..<36: .truncatedHeader(.wav, .format)
                case ..<44: .truncatedHeader(.wav, .chunk)
                default: .truncatedFrame(.wav, index: (length - 44) / 2 * 100 / 48_000)
                }
            #expect(throws: expected, "\(length)") { _ = try WAVFile(parsing: Array(whole[..<length])) }
        }
    }

    @Test("header fields that are not taken are named with what they hold")
    func wrongFields() throws {
        let whole = WAVFile(samples: Self.samples).serialized()
        func patched(_ offset: Int, _ values: [UInt8]) -> [UInt8] {
            var bytes = whole
            bytes.replaceSubrange(offset..<offset + values.count, with: values)
            return bytes
        }
        let cases: [([UInt8], MediaFileError)] = [
            (patched(0, Array("RIFX".utf8)), .wrongFormat(expected: .wav)),
            (patched(8, Array("AVI ".utf8)), .wrongFormat(expected: .wav)),
            (patched(20, [3, 0]), .invalidField(.wav, .format, value: "3")),
            (patched(22, [6, 0]), .invalidField(.wav, .channels, value: "6")),
            (patched(24, [1, 0, 0, 0]), .invalidField(.wav, .sampleRate, value: "1")),
            (patched(32, [4, 0]), .invalidField(.wav, .blockAlignment, value: "4")),
            (patched(34, [24, 0]), .invalidField(.wav, .bitsPerSample, value: "24")),
            (patched(12, Array("junk".utf8)), .invalidField(.wav, .chunk, value: "data before fmt")),
            (Array("OggS".utf8), .wrongFormat(expected: .wav)),
        ]
        for (bytes, expected) in cases { #expect(throws: expected) { _ = try WAVFile(parsing: bytes) } }
        #expect(MediaFileError.wrongFormat(expected: .wav).description == "not WAV")
        #expect(MediaFileError.truncatedFrame(.y4m, index: 7).description == "Y4M ends inside frame 7")
    }

    @Test("other chunks, odd lengths, the extensible format and piped sizes are taken")
    func variants() throws {
        let plain = WAVFile(samples: Self.samples).serialized()
        let list = Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]
        let withList = Array(plain[..<12]) + list + Array(plain[12..<36]) + list + Array(plain[36...]) + list
        #expect(try WAVFile(parsing: withList).samples == Self.samples)
        for size in [[0, 0, 0, 0], [255, 255, 255, 255]] as [[UInt8]] {
            var piped = plain
            piped.replaceSubrange(40..<44, with: size)
            #expect(try WAVFile(parsing: piped).samples == Self.samples)
        }
        let extensible: [UInt8] =
            [40, 0, 0, 0, 0xFE, 0xFF] + Array(plain[22..<36]) + [22, 0, 16, 0, 4, 0, 0, 0, 1, 0]
            + Array(repeating: 0, count: 14)
        let file = Array(plain[..<16]) + extensible + Array(plain[36...])
        #expect(try WAVFile(parsing: file).samples == Self.samples)
    }

    @Test("random bytes behind the signature never trap")
    func random() {
        var generator = Generator(state: 3)
        for _ in 0..<500 {
            var bytes = Array("RIFF".utf8) + generator.bytes(4) + Array("WAVEfmt ".utf8)
            bytes += [16, 0, 0, 0] + generator.bytes(Int(generator.next() % 80))
            #expect(throws: MediaFileError.self) { _ = try WAVFile(parsing: bytes) }
        }
    }

    @Test(
        "a tone keeps its pitch and level through a change of rate", arguments: [8_000, 16_000, 22_050, 44_100, 96_000])
    func resampling(rate: Int) throws {
        func tone(_ rate: Int) -> [Int16] {
            (0..<rate / 2).map { Int16((8000 * sin(2 * .pi * 997 * Double($0) / Double(rate))).rounded()) }
        }
        let converted = WAVFile(sampleRate: rate, samples: tone(rate)).converted()
        let expected = tone(48_000)
        #expect(converted.samples.count == expected.count)
        var (signal, noise) = (0.0, 0.0)
        for index in 4_800..<19_200 {
            let difference = Double(expected[index]) - Double(converted.samples[index])
            signal += Double(expected[index]) * Double(expected[index])
            noise += difference * difference
        }
        #expect(10 * log10(signal / noise) > 60, "\(10 * log10(signal / noise)) dB")
    }

    @Test("blocks hold 10 ms at 48 kHz, the last filled with silence; channels are mixed or doubled")
    func blocks() throws {
        let mono = WAVFile(samples: Self.samples + [5, 6, 7])
        let blocks = mono.blocks()
        #expect(blocks.count == 3)
        #expect(blocks[0].samples == Array(Self.samples[..<480]))
        #expect(blocks[2].samples == [5, 6, 7] + Array(repeating: 0, count: 477))
        let doubled = mono.blocks(channels: 2)
        #expect(doubled[2].samples.prefix(6) == [5, 5, 6, 6, 7, 7] && doubled[2].samples.count == 960)
        let stereo = WAVFile(channels: 2, samples: [10, 20, -4, -8])
        #expect(stereo.converted().samples == [15, -6])
        #expect(
            WAVFile(sampleRate: 44_100, channels: 2, samples: Self.samples).blocks(channels: 2)[0].samples.count == 960)
    }
}
