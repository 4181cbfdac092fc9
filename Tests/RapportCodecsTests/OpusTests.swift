import RapportBase
import RapportCodecs
import Testing

@Suite("Opus")
struct OpusTests {
    /// Best signal-to-noise ratio over small shifts, because the codec delays its sound.
    static func alignedSNR(_ source: [Int16], _ decoded: [Int16], delay: ClosedRange<Int>, skip: Int) -> Double {
        delay.map { shift in
            let count = min(source.count, decoded.count - shift) - skip
            return Measure.snr(source[skip..<skip + count], decoded[skip + shift..<skip + shift + count])
        }.max() ?? -.infinity
    }

    @Test("every packet duration goes round", arguments: [120, 240, 480, 960, 1920, 2880], [1, 2])
    func roundTrip(samples: Int, channels: Int) throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(channels: channels, application: .audio, bitrate: .kilobits(96)))
        var decoder = try OpusDecoder(channels: channels)
        let source = Scene.voice(samples: 48_000 / 2880 * 2880, channels: channels)
        var decoded: [Int16] = []
        var packet: [UInt8] = []
        for start in stride(from: 0, to: source.count, by: samples * channels) {
            packet.removeAll(keepingCapacity: true)
            let count = try encoder.encode(Array(source[start..<start + samples * channels]), into: &packet)
            #expect(count == packet.count && count > 2)
            #expect(try decoder.decode(packet, into: &decoded) == samples)
            #expect(decoder.lastPacketSamples == samples)
        }
        #expect(decoded.count == source.count)
        let lag = encoder.lookahead
        let left = Self.channel(0, of: source, channels)
        let snr = Self.alignedSNR(left, Self.channel(0, of: decoded, channels), delay: lag - 4...lag + 4, skip: 9600)
        #expect(snr > 12, "\(snr) dB")
    }

    static func channel(_ index: Int, of samples: [Int16], _ channels: Int) -> [Int16] {
        stride(from: index, to: samples.count, by: channels).map { samples[$0] }
    }

    @Test("stereo keeps left and right apart")
    func stereo() throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(channels: 2, application: .audio, bitrate: .kilobits(96)))
        var decoder = try OpusDecoder(channels: 2)
        let source = Scene.voice(samples: 19_200, channels: 2)
        var decoded: [Int16] = []
        for start in stride(from: 0, to: source.count, by: 1920) {
            var packet: [UInt8] = []
            _ = try encoder.encode(Array(source[start..<start + 1920]), into: &packet)
            _ = try decoder.decode(packet, into: &decoded)
        }
        func energy(_ channel: Int) -> Double {
            Self.channel(channel, of: decoded, 2).reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        let ratio = energy(0) / energy(1)
        #expect(ratio > 3 && ratio < 5, "left is twice as loud: \(ratio)")
    }

    @Test("encoding appends behind what is there and leaves it alone")
    func appends() throws {
        var encoder = try OpusEncoder()
        var bytes: [UInt8] = [1, 2, 3]
        let count = try encoder.encode(Scene.voice(samples: 960), into: &bytes)
        #expect(bytes.count == 3 + count && bytes[..<3] == [1, 2, 3])
        #expect(throws: CodecError.invalidSampleCount(961)) {
            _ = try encoder.encode(Scene.voice(samples: 961), into: &bytes)
        }
        #expect(bytes.count == 3 + count)
    }

    @Test("the bit rate follows its setting", arguments: [16, 24, 64])
    func bitrate(kilobits: Int) throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(96), rateControl: .constrainedVariable))
        try encoder.setBitrate(.kilobits(kilobits))
        var bytes: [UInt8] = []
        for index in 0..<100 { _ = try encoder.encode(Scene.voice(samples: 960, from: index * 960), into: &bytes) }
        let measured = Double(bytes.count) * 8 / 2 / 1000
        #expect(abs(measured - Double(kilobits)) < 0.3 * Double(kilobits), "\(measured) kbit/s")
    }

    @Test("constant rate makes packets of one size, and a bound on packets is kept")
    func packetSizes() throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(32), rateControl: .constant))
        var sizes: Set<Int> = []
        for index in 0..<20 {
            var bytes: [UInt8] = []
            sizes.insert(try encoder.encode(Scene.voice(samples: 960, from: index * 960), into: &bytes))
        }
        #expect(sizes == [80])
        var bounded = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(500), maximumPacketBytes: 200))
        for index in 0..<20 {
            var bytes: [UInt8] = []
            #expect(try bounded.encode(Scene.voice(samples: 960, from: index * 960), into: &bytes) <= 200)
        }
    }

    @Test("with discontinuous transmission silence becomes packets that need not be sent")
    func dtx() throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(24), discontinuousTransmission: true))
        var silent = 0
        for index in 0..<100 {
            var bytes: [UInt8] = []
            let block = index < 25 ? Scene.voice(samples: 960, from: index * 960) : Array(repeating: 0, count: 960)
            _ = try encoder.encode(block, into: &bytes)
            if encoder.lastPacketWasDTX { silent += 1 }
            if index < 25 { #expect(encoder.lastPacketWasDTX == false) }
        }
        #expect(silent > 50, "\(silent) of 75")
        try encoder.setDiscontinuousTransmission(false)
        var bytes: [UInt8] = []
        _ = try encoder.encode(Array(repeating: 0, count: 960), into: &bytes)
        #expect(encoder.lastPacketWasDTX == false)
    }

    @Test("settings out of range are refused by name")
    func refusedSettings() throws {
        let wrong: [(OpusEncoderConfiguration, CodecError)] = [
            (OpusEncoderConfiguration(sampleRate: 44_100), .invalidSetting(.sampleRate, 44_100)),
            (OpusEncoderConfiguration(channels: 3), .invalidSetting(.channels, 3)),
            (OpusEncoderConfiguration(bitrate: .zero), .invalidSetting(.bitrate, 0)),
            (OpusEncoderConfiguration(complexity: 11), .invalidSetting(.complexity, 11)),
            (OpusEncoderConfiguration(expectedLoss: 101), .invalidSetting(.expectedLoss, 101)),
            (OpusEncoderConfiguration(maximumPacketBytes: 5), .invalidSetting(.packetBytes, 5)),
        ]
        for (configuration, expected) in wrong {
            #expect(throws: expected) { _ = try OpusEncoder(configuration: configuration) }
        }
        #expect(throws: CodecError.invalidSetting(.channels, 0)) { _ = try OpusDecoder(channels: 0) }
        var encoder = try OpusEncoder()
        #expect(throws: CodecError.invalidSetting(.complexity, -1)) { try encoder.setComplexity(-1) }
        #expect(encoder.configuration == OpusEncoderConfiguration())
    }

    @Test("other sample rates and applications go round", arguments: [8_000, 12_000, 16_000, 24_000])
    func otherRates(sampleRate: Int) throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(sampleRate: sampleRate, application: .lowDelay))
        var decoder = try OpusDecoder()
        var bytes: [UInt8] = []
        var pcm: [Int16] = []
        _ = try encoder.encode(Array(repeating: 900, count: sampleRate / 50), into: &bytes)
        #expect(try decoder.decode(bytes, into: &pcm) == 960)
    }
}
