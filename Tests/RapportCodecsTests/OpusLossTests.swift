import RapportBase
import RapportCodecs
import Testing

@Suite("Opus and loss")
struct OpusLossTests {
    enum Recovery { case fec, conceal }

    /// Packets of one second of voice with in-band FEC, and the sound they came from.
    static func packets(fec: Bool) throws -> (source: [Int16], packets: [[UInt8]], lookahead: Int) {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(32), expectedLoss: 20, inbandFEC: fec))
        let source = Scene.voice(samples: 72_000)
        var packets: [[UInt8]] = []
        for start in stride(from: 0, to: source.count, by: 960) {
            var packet: [UInt8] = []
            _ = try encoder.encode(Array(source[start..<start + 960]), into: &packet)
            packets.append(packet)
        }
        return (source, packets, encoder.lookahead)
    }

    /// Decodes with every tenth packet lost and filled in one way; gives the decoded sound.
    static func decode(_ packets: [[UInt8]], lost: (Int) -> Bool, _ recovery: Recovery) throws -> [Int16] {
        var decoder = try OpusDecoder()
        var pcm: [Int16] = []
        for (index, packet) in packets.enumerated() {
            guard lost(index) else {
                _ = try decoder.decode(packet, into: &pcm)
                continue
            }
            switch recovery {
            case .fec: #expect(try decoder.decodeFEC(packets[index + 1], samples: 960, into: &pcm) == 960)
            case .conceal: #expect(try decoder.conceal(samples: 960, into: &pcm) == 960)
            }
        }
        return pcm
    }

    @Test("FEC recovers lost packets better than concealment by more than 3 dB")
    func fecBeatsConcealment() throws {
        let (_, packets, _) = try Self.packets(fec: true)
        let clean = try Self.decode(packets, lost: { _ in false }, .conceal)
        let lost: (Int) -> Bool = { $0 % 10 == 7 && $0 + 1 < packets.count }
        var ratios: [Double] = []
        for recovery in [Recovery.fec, .conceal] {
            let pcm = try Self.decode(packets, lost: lost, recovery)
            #expect(pcm.count == clean.count)
            var reference: [Int16] = []
            var recovered: [Int16] = []
            for index in packets.indices where lost(index) && index > 10 {
                reference += clean[index * 960..<index * 960 + 960]
                recovered += pcm[index * 960..<index * 960 + 960]
            }
            ratios.append(Measure.snr(reference[...], recovered[...]))
        }
        #expect(ratios[0] > ratios[1] + 3, "FEC \(ratios[0]) dB, concealment \(ratios[1]) dB")
    }

    @Test("concealment of a long gap fades out", arguments: [120, 240, 480, 960, 2880, 5760])
    func concealFades(samples: Int) throws {
        let (_, packets, _) = try Self.packets(fec: false)
        var decoder = try OpusDecoder()
        var pcm: [Int16] = []
        for packet in packets.prefix(20) { _ = try decoder.decode(packet, into: &pcm) }
        var concealed: [Int16] = []
        while concealed.count < 48_000 { #expect(try decoder.conceal(samples: samples, into: &concealed) == samples) }
        func energy(_ slice: ArraySlice<Int16>) -> Double { slice.reduce(0.0) { $0 + Double($1) * Double($1) } }
        #expect(energy(concealed.prefix(960)) > 1e6)
        #expect(energy(concealed.suffix(960)) < energy(concealed.prefix(960)) / 100)
    }

    @Test("impossible lengths and empty packets are refused and change nothing")
    func refused() throws {
        var decoder = try OpusDecoder()
        var pcm: [Int16] = [5]
        for samples in [-960, 0, 1, 119, 5880] {
            #expect(throws: CodecError.invalidSampleCount(samples)) {
                _ = try decoder.conceal(samples: samples, into: &pcm)
            }
            #expect(throws: CodecError.invalidSampleCount(samples)) {
                _ = try decoder.decodeFEC([0xFC, 0, 0], samples: samples, into: &pcm)
            }
        }
        #expect(throws: CodecError.payloadTooShort(0)) { _ = try decoder.decode([], into: &pcm) }
        #expect(throws: CodecError.payloadTooShort(0)) { _ = try decoder.decodeFEC([], samples: 960, into: &pcm) }
        #expect(pcm == [5])
    }

    @Test("a packet cut at any length gives sound or an error, and the next whole packet decodes")
    func truncated() throws {
        let (_, packets, _) = try Self.packets(fec: true)
        var decoder = try OpusDecoder()
        for length in 0..<packets[30].count {
            var pcm: [Int16] = []
            let cut = Array(packets[30][..<length])
            if length == 0 {
                #expect(throws: CodecError.payloadTooShort(0)) { _ = try decoder.decode(cut, into: &pcm) }
            } else if let samples = try? decoder.decode(cut, into: &pcm) {
                #expect(samples == pcm.count && samples <= 5760)
            } else {
                #expect(pcm.isEmpty)
            }
            #expect(try decoder.decode(packets[31], into: &pcm) == 960)
        }
    }

    @Test("random packets never trap: they give at most 120 ms or an error that leaves the sound alone")
    func random() throws {
        var generator = Generator(state: 99)
        var decoder = try OpusDecoder(channels: 2)
        var refused = 0
        for _ in 0..<2000 {
            let bytes = generator.bytes(1 + Int(generator.next() % 200))
            var pcm: [Int16] = []
            do throws(CodecError) {
                let samples = try decoder.decode(bytes, into: &pcm)
                #expect(samples > 0 && samples <= 5760 && pcm.count == samples * 2)
                _ = try decoder.decodeFEC(bytes, samples: 960, into: &pcm)
            } catch {
                refused += 1
                #expect(error == .corruptPayload)
            }
        }
        #expect(refused > 100)
    }

    @Test("what is made up for a lost packet may have any length up to 120 ms", arguments: [1, 2])
    func anyLength(channels: Int) throws {
        for samples in [1, 119, 120, 121, 480, 777, 5759, 5760] {
            var decoder = try OpusDecoder(channels: channels)
            var (pcm, whole): ([Int16], [Int16]) = ([7], [])
            try decoder.conceal(anyCount: samples, into: &pcm)
            #expect(pcm.count == 1 + samples * channels && pcm[0] == 7)
            var other = try OpusDecoder(channels: channels)
            _ = try other.conceal(samples: (samples + 119) / 120 * 120, into: &whole)
            #expect(pcm.dropFirst() == whole.prefix(samples * channels))
        }
        var decoder = try OpusDecoder()
        var pcm: [Int16] = []
        #expect(throws: CodecError.self) { try decoder.conceal(anyCount: 5761, into: &pcm) }
        #expect(throws: CodecError.self) { try decoder.conceal(anyCount: 0, into: &pcm) }
        #expect(pcm.isEmpty)
    }
}
