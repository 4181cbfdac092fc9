import RapportBase
import RapportCodecs
import RapportTestMedia
import Testing

/// Sends blocks of 10 ms through Opus in packets of 20 ms.
struct OpusLoop: ~Copyable {
    private var encoder: OpusEncoder
    private var decoder: OpusDecoder
    private var pending: [Int16] = []
    let lookahead: Int

    init(kilobits: Int, complexity: Int = 5) throws {
        let sending = try OpusEncoder(
            configuration: OpusEncoderConfiguration(bitrate: .kilobits(kilobits), complexity: complexity))
        let receiving = try OpusDecoder()
        lookahead = sending.lookahead
        encoder = sending
        decoder = receiving
    }

    /// What comes out for this block: 20 ms for every second one. Nil `lost` packets are concealed.
    mutating func push(_ block: [Int16], lost: Bool = false) throws -> [Int16] {
        pending += block
        guard pending.count == 960 else { return [] }
        var packet: [UInt8] = []
        _ = try encoder.encode(pending, into: &packet)
        pending.removeAll()
        var output: [Int16] = []
        _ = lost ? try decoder.conceal(samples: 960, into: &output) : try decoder.decode(packet, into: &output)
        return output
    }
}

@Suite("Tone marks")
struct ToneMarkTests {
    /// Reads every moment of a sound; gives how many readings were right, wrong and missing, edges of slots left out.
    static func readings(_ samples: [Int16], firstSlot: Int, delay: Int) -> (right: Int, wrong: Int, missing: Int) {
        var detector = ToneMarkDetector()
        var (right, wrong, missing) = (0, 0, 0)
        for block in 0..<samples.count / 480 {
            let read = detector.push(Array(samples[block * 480..<block * 480 + 480]))
            let middle = (block + 1) * 480 - 1920 - delay
            guard middle >= 0 else { continue }
            let place = middle % ToneMark.slotSamples
            let slot = (firstSlot + middle / ToneMark.slotSamples) % ToneMark.slots
            if read == slot {
                right += 1
            } else if place > 2400, place < ToneMark.slotSamples - 2400 {
                if read == nil { missing += 1 } else { wrong += 1 }
            }
        }
        return (right, wrong, missing)
    }

    @Test("every slot has three tones of its own, and all 64 differ")
    func slots() {
        let all = Set((0..<ToneMark.slots).map { ToneMark.frequencies(slot: $0) })
        #expect(all.count == 64)
        #expect(ToneMark.frequencies(slot: 0) == [1200, 2000, 2800])
        #expect(ToneMark.frequencies(slot: 13) == [1700, 2100, 2800])
        #expect(ToneMark.frequencies(slot: 64) == ToneMark.frequencies(slot: 0))
    }

    @Test("the tone source reads back in every slot, clean")
    func clean() {
        let source = ToneSource()
        var samples: [Int16] = []
        for index in 0..<3300 { samples += source.block(index).samples }
        let (right, wrong, missing) = Self.readings(samples, firstSlot: 0, delay: 0)
        #expect(wrong == 0 && missing == 0 && right > 2700, "\(right) \(wrong) \(missing)")
    }

    @Test("the tone source reads back after Opus at 24 kbit/s")
    func throughOpus() throws {
        let source = ToneSource(firstSlot: 60)
        var loop = try OpusLoop(kilobits: 24)
        var samples: [Int16] = []
        for index in 0..<600 { samples += try loop.push(source.block(index).samples) }
        let (right, wrong, missing) = Self.readings(samples, firstSlot: 60, delay: loop.lookahead)
        #expect(wrong == 0 && missing <= 5 && right > 480, "\(right) \(wrong) \(missing)")
    }

    @Test("silence, noise and a lone voice hold no slot")
    func unmarked() {
        var detector = ToneMarkDetector()
        var generator = Generator(state: 6)
        var found = 0
        for block in 0..<400 {
            let samples = (0..<480).map { _ in block < 100 ? 0 : Int16(clamping: Int(2000 * generator.gaussian())) }
            if detector.push(samples) != nil { found += 1 }
        }
        #expect(found <= 2)
    }

    @Test("blocks of the tone source are the same on every call, and the second channel is half the first")
    func toneSource() {
        let stereo = ToneSource(channels: 2).block(77)
        #expect(stereo == ToneSource(channels: 2).block(77) && stereo.channels == 2 && stereo.samplesPerChannel == 480)
        let mono = ToneSource().block(77)
        for index in 0..<480 {
            #expect(stereo.samples[2 * index] == mono.samples[index])
            #expect(abs(Int(stereo.samples[2 * index + 1]) * 2 - Int(mono.samples[index])) <= 2)
        }
        var detector = ToneMarkDetector()
        var last: Int?
        for index in 20..<40 { last = detector.push(ToneSource(channels: 2).block(index)) }
        #expect(last == 0)
    }
}
