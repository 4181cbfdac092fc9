import RapportBase
import RapportCodecs
import Testing

@Suite("OpusPlan")
struct OpusPlanTests {
    @Test(
        "a poor line gets longer packets and fewer bits, down to 12 kbit/s, and never more than it carries if that does"
    )
    func lines() {
        var last = Bitrate.zero
        for kilobits in stride(from: 10, through: 200, by: 2) {
            let plan = OpusPlan.speech(on: .kilobits(kilobits), loss: 0.02)
            let packets = 1000.0 / Double(plan.packetMilliseconds)
            let total = Double(plan.bitrate.bitsPerSecond) + packets * 72 * 8
            #expect((12_000...32_000).contains(plan.bitrate.bitsPerSecond))
            #expect(total <= Double(kilobits * 1000) + 1 || plan.packetMilliseconds == 60)
            #expect([20, 40, 60].contains(plan.packetMilliseconds))
            last = max(last, plan.bitrate)
        }
        #expect(last == .kilobits(32))
        #expect(OpusPlan.speech(on: .kilobits(100), loss: 0).packetMilliseconds == 20)
        #expect(OpusPlan.speech(on: .kilobits(32), loss: 0).packetMilliseconds == 40)
        #expect(OpusPlan.speech(on: .kilobits(15), loss: 0).packetMilliseconds == 60)
    }

    @Test("the loss reported rises at once and falls slowly")
    func loss() {
        var loss = ReportedLoss(share: 0)
        loss.report(0.1)
        #expect(loss.share == 0.05)
        for _ in 0..<10 { loss.report(0) }
        #expect(loss.share > 0.01 && loss.share < 0.02)
        loss.report(.infinity)
        #expect(loss.share <= 1)
    }

    /// Packets of two seconds of voice, and how many of them carry a copy of the one before.
    private func coded(_ plan: OpusPlan) throws -> (packets: [[UInt8]], kilobits: Double) {
        var encoder = try OpusEncoder()
        try encoder.follow(plan)
        let source = Scene.voice(samples: 96_000)
        let packets = try stride(from: 0, to: source.count - plan.samplesPerPacket + 1, by: plan.samplesPerPacket).map {
            var packet: [UInt8] = []
            _ = try encoder.encode(Array(source[$0..<$0 + plan.samplesPerPacket]), into: &packet)
            return packet
        }
        let bits = packets.reduce(0) { $0 + $1.count * 8 }
        return (packets, Double(bits) / Double(packets.count * plan.packetMilliseconds))
    }

    /// Whether the copies in a stream help: decoded from them, lost packets are nearer to the sound than made up ones.
    private func copiesHelp(_ packets: [[UInt8]], _ samples: Int) throws -> Bool {
        var decoder = try OpusDecoder()
        var (clean, repaired, concealed) = ([Int16](), [Int16](), [Int16]())
        for packet in packets { _ = try decoder.decode(packet, into: &clean) }
        for fec in [true, false] {
            var lossy = try OpusDecoder()
            var sound: [Int16] = []
            for index in packets.indices {
                if index % 5 == 3, index + 1 < packets.count {
                    _ =
                        fec
                        ? try lossy.decodeFEC(packets[index + 1], samples: samples, into: &sound)
                        : try lossy.conceal(samples: samples, into: &sound)
                } else {
                    _ = try lossy.decode(packets[index], into: &sound)
                }
            }
            if fec { repaired = sound } else { concealed = sound }
        }
        return Measure.snr(clean[...], repaired[...]) > Measure.snr(clean[...], concealed[...]) + 1
    }

    @Test("where packets get lost every plan's bits carry FEC, at 24 kbit/s and 5 % too", arguments: [24, 28, 32])
    func repeats(kilobits: Int) throws {
        let plan = OpusPlan.speech(on: .kilobits(kilobits + 29), loss: 0.05, most: .kilobits(kilobits))
        #expect(plan.bitrate == .kilobits(kilobits) && plan.packetMilliseconds == 20)
        let (packets, rate) = try coded(plan)
        #expect(rate < Double(kilobits) * 1.1)
        #expect(try copiesHelp(packets, plan.samplesPerPacket))
    }

    @Test("without loss nothing is repeated, and longer packets are coded too")
    func plain() throws {
        let plan = OpusPlan.speech(on: .kilobits(100), loss: 0)
        #expect(plan.expectedLoss == 0 && plan.maximumBandwidth == .full)
        for line in [15, 30, 100] {
            let plan = OpusPlan.speech(on: .kilobits(line), loss: 0.1)
            let (packets, rate) = try coded(plan)
            #expect(packets.count == 2000 / plan.packetMilliseconds)
            #expect(rate < Double(plan.bitrate.bitsPerSecond) / 1000 * 1.15)
        }
    }

    @Test("music is sent in two channels with more bits, and without FEC")
    func music() throws {
        let plan = OpusPlan.music(on: .kilobits(300))
        #expect(plan.bitrate == .kilobits(128) && plan.expectedLoss == 0)
        #expect(OpusPlan.music(on: .kilobits(20)).bitrate == .kilobits(32))
        var encoder = try OpusEncoder(configuration: OpusEncoderConfiguration(channels: 2, application: .audio))
        try encoder.follow(plan)
        var packet: [UInt8] = []
        _ = try encoder.encode(Scene.voice(samples: 960, channels: 2), into: &packet)
        #expect(encoder.configuration.bitrate == .kilobits(128) && packet.count > 100)
    }
}
