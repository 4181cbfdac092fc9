import RapportBase
import Testing

@testable import RapportMedia

@Suite("PlayoutSound")
struct PlayoutSoundTests {
    /// Parabolas joined to something like a sine; its steepest step is `4 * amplitude / (period / 2)`.
    private static func tone(period: Double, amplitude: Double = 8_000, count: Int, from start: Int = 0) -> [Int16] {
        (start..<start + count).map { index in
            let phase = (Double(index) / period).truncatingRemainder(dividingBy: 1)
            let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
            return Int16((phase < 0.5 ? 1 : -1) * amplitude * 4 * half * (1 - half))
        }
    }

    /// Plays a tone packet by packet with the same wish for every packet.
    private func play(
        period: Double, packets: Int, channels: Int = 1, _ stretch: (Int) -> AudioPull.Stretch
    ) -> (heard: [Int16], report: PlayoutReport, left: Int) {
        var sound = PlayoutSound(channels: channels)
        var (heard, total) = ([Int16](), PlayoutReport())
        for packet in 0..<packets {
            var samples = Self.tone(period: period, count: 960, from: packet * 960)
            if channels == 2 { samples = samples.flatMap { [$0, -$0] } }
            sound.append(samples, for: AudioPull(.packet, samples: 960, stretch: stretch(sound.samplesAhead)))
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
            let report = sound.takeReport()
            total.inserted += report.inserted
            total.removed += report.removed
        }
        return (heard, total, sound.samplesAhead)
    }

    /// Frequency in periods per sample, from rising zero crossings.
    private func period(of samples: [Int16]) -> Double {
        let crossings = samples.indices.dropFirst().filter { samples[$0 - 1] < 0 && samples[$0] >= 0 }
        guard let first = crossings.first, let last = crossings.last, crossings.count > 1 else { return 0 }
        return Double(last - first) / Double(crossings.count - 1)
    }

    private func steepest(_ samples: [Int16]) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test(
        "shortened speech keeps its pitch, has no clicks, and loses exactly what is reported",
        arguments: [109.0, 218.2, 400, 563.7])
    func shortens(period wanted: Double) {
        let (heard, report, left) = play(period: wanted, packets: 100) { _ in .shorten(atMost: 720) }
        #expect(report.removed > 8_000 && report.inserted == 0)
        // 200 ms a second at most, and 20 saved up at the start.
        #expect(report.removed <= heard.count / 5 + 960)
        #expect(heard.count + left + report.removed == 96_000)
        let sound = Array(heard.dropFirst(960))
        #expect(abs(period(of: sound) / wanted - 1) < 0.01)
        #expect(steepest(sound) <= Int(8_000 * 8 / wanted) + 90)
    }

    @Test(
        "lengthened speech keeps its pitch, has no clicks, and gains exactly what is reported",
        arguments: [109.0, 218.2, 400, 563.7])
    func lengthens(period wanted: Double) {
        let (heard, report, left) = play(period: wanted, packets: 100) { _ in .lengthen(atLeast: 480) }
        #expect(report.inserted > 12_000 && report.removed == 0)
        #expect(report.inserted <= heard.count / 5 + 960)
        #expect(heard.count + left - report.inserted == 96_000)
        let sound = Array(heard.dropFirst(960))
        #expect(abs(period(of: sound) / wanted - 1) < 0.01)
        #expect(steepest(sound) <= Int(8_000 * 8 / wanted) + 90)
    }

    @Test("both channels of stereo are cut at the same places")
    func stereo() {
        let (heard, report, left) = play(period: 200, packets: 60, channels: 2) {
            $0 > 200 ? .shorten(atMost: 480) : .lengthen(atLeast: 480)
        }
        #expect(report.inserted > 0)
        #expect(heard.count / 2 + left + report.removed - report.inserted == 60 * 960)
        let apart = stride(from: 0, to: heard.count, by: 2).map { abs(Int(heard[$0]) + Int(heard[$0 + 1])) }.max() ?? 0
        #expect(apart <= 2)
    }

    @Test("without a wish nothing is changed, not even by a bit")
    func untouched() {
        var sound = PlayoutSound()
        var heard: [Int16] = []
        let tone = Self.tone(period: 217, count: 96_000)
        for packet in 0..<100 {
            sound.append(Array(tone[packet * 960..<(packet + 1) * 960]), for: AudioPull(.packet, samples: 960))
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
        }
        // The start is faded in.
        #expect(heard.dropFirst(960) == tone.dropFirst(960))
    }

    @Test("in silence any amount is left out or put in at once")
    func silence() {
        var sound = PlayoutSound()
        var heard: [Int16] = []
        let quiet = [Int16](repeating: 3, count: 2_880)
        sound.append(quiet, for: AudioPull(.packet, samples: 2_880, stretch: .shorten(atMost: 2_400)))
        #expect(sound.samplesAhead == 480)
        sound.take(into: &heard)
        sound.append(quiet, for: AudioPull(.packet, samples: 2_880, stretch: .lengthen(atLeast: 1_111)))
        #expect(sound.samplesAhead == 2_880 + 1_111)
        let report = sound.takeReport()
        #expect(report == PlayoutReport(samplesAhead: 3_991, inserted: 1_111, removed: 2_400))
    }

    @Test("after concealment real sound is faded in where it fits, without a click")
    func merges() {
        for shift in stride(from: 0, to: 400, by: 37) {
            var sound = PlayoutSound()
            var heard: [Int16] = []
            let tone = Self.tone(period: 300, count: 3_840)
            sound.append(tone, for: AudioPull(.packet, samples: 3_840))
            let made = Self.tone(period: 300, count: 480, from: 3_840)
            sound.append(made, for: AudioPull(.conceal, samples: 480))
            // The line's clock went on by something that is no whole period.
            let late = Self.tone(period: 300, count: 1_920, from: 4_320 + shift)
            sound.append(late, for: AudioPull(.packet, samples: 1_920, stretch: .shorten(atMost: 480), isCut: true))
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
            let report = sound.takeReport()
            #expect(heard.count + report.samplesAhead + report.removed == 6_240)
            #expect(steepest(Array(heard.dropFirst(480))) < 320, "shift \(shift)")
        }
    }

    @Test("what is thrown away in between is joined without a click")
    func cuts() {
        for lost in stride(from: 480, to: 2_000, by: 97) {
            var sound = PlayoutSound()
            var heard: [Int16] = []
            sound.append(Self.tone(period: 250, count: 2_880), for: AudioPull(.packet, samples: 2_880))
            let rest = Self.tone(period: 250, count: 2_880, from: 2_880 + lost)
            sound.append(rest, for: AudioPull(.packet, samples: 2_880, isCut: true))
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
            #expect(heard.count == 5_760)
            #expect(steepest(Array(heard.dropFirst(480))) < 420, "lost \(lost)")
        }
    }

    @Test("an outage fades to noise at the background's level, and back")
    func comfortNoise() {
        var sound = PlayoutSound(seed: 9)
        var heard: [Int16] = []
        var generator = SeededGenerator(seed: 3)
        for packet in 0..<100 {
            let noise = (0..<960).map { _ in Int16(generator.normal(30)) }
            sound.append(noise, for: AudioPull(.packet, samples: 960))
            if packet == 99 { sound.append([], for: AudioPull(.silence, samples: 4_800)) }
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
        }
        let rest = heard.suffix(4_000)
        let rms = (rest.map { Double($0) * Double($0) }.reduce(0, +) / 4_000).squareRoot()
        #expect((8...40).contains(rms))
        #expect(steepest(Array(heard)) < 300)
    }

    @Test("what nobody plays does not grow without bound, and too little is filled with zeros")
    func bounds() {
        var sound = PlayoutSound()
        let loud = [Int16](repeating: 12_000, count: 5_760)
        for _ in 0..<100 { sound.append(loud, for: AudioPull(.packet, samples: 5_760)) }
        #expect(sound.samplesAhead <= PlayoutSound.longest && sound.overflow > 0)
        var empty = PlayoutSound()
        var heard: [Int16] = []
        empty.append([1, 2, 3], for: AudioPull(.packet, samples: 3, stretch: .shorten(atMost: 99)))
        empty.append([4], for: AudioPull(.packet, samples: 1, stretch: .lengthen(atLeast: 99)))
        empty.take(into: &heard)
        #expect(heard == [1, 2, 3, 4] + [Int16](repeating: 0, count: 476))
    }

    @Test("random wishes on random sound: nothing traps and every sample is accounted for", arguments: 1...20)
    func fuzz(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var sound = PlayoutSound(channels: generator.chance(0.3) ? 2 : 1)
        var (added, heard) = (0, [Int16]())
        var total = PlayoutReport()
        for _ in 0..<600 {
            let samples = Int.random(in: 1...5_760, using: &generator)
            let loudness = Int16.random(in: 0...(.max), using: &generator)
            let decoded = (0..<samples * sound.channels).map { _ in
                Int16.random(in: -loudness...loudness, using: &generator)
            }
            let sources: [AudioPull.Source] = [.packet, .packet, .fec, .conceal, .comfortNoise, .silence, .nothing]
            let stretches: [AudioPull.Stretch] = [
                .none, .shorten(atMost: .random(in: -9...5_000, using: &generator)),
                .lengthen(atLeast: .random(in: -9...3_000, using: &generator)),
            ]
            let source = sources.randomElement(using: &generator) ?? .packet
            let isReal = source == .packet || source == .fec
            let pull = AudioPull(
                source, samples: samples, skipped: isReal ? Int.random(in: 0..<samples, using: &generator) : 0,
                stretch: stretches.randomElement(using: &generator) ?? .none, isCut: generator.chance(0.2))
            let before = sound.overflow
            sound.append(decoded, for: pull)
            if source != .nothing { added += pull.added - (sound.overflow - before) }
            while sound.samplesAhead >= PlayoutSound.block { sound.take(into: &heard) }
            let report = sound.takeReport()
            total.inserted += report.inserted
            total.removed += report.removed
        }
        #expect(
            heard.count / sound.channels + sound.samplesAhead == added + total.inserted - total.removed, "seed \(seed)")
    }
}
