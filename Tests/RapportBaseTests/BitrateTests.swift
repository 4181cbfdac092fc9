import RapportBase
import Testing

@Suite("Bitrate")
struct BitrateTests {
    @Test("bytes take the time that arithmetic says")
    func duration() {
        #expect(Bitrate.kilobits(8).duration(ofBytes: 1000) == .seconds(1))
        #expect(Bitrate.kilobits(1500).duration(ofBytes: 1200) == .microseconds(6400))
        #expect(Bitrate.zero.duration(ofBytes: 1) == .zero)
        #expect(Bitrate(bitsPerSecond: -5).duration(ofBytes: 1) == .zero)
        #expect(Bitrate(bitsPerSecond: 1_000_000_000).duration(ofBytes: 2_000_000_000) == .seconds(16))
    }

    @Test("a rate is scaled, added and compared")
    func arithmetic() {
        #expect(Bitrate.kilobits(1000) * 0.85 == Bitrate.kilobits(850))
        #expect(Bitrate.kilobits(3) + .kilobits(4) == .kilobits(7))
        #expect(Bitrate.kilobits(3) - .kilobits(4) == Bitrate(bitsPerSecond: -1000))
        #expect(Bitrate.kilobits(3) < .kilobits(4) && Bitrate.kilobits(3).kilobits == 3)
    }

    // draft-alvestrand-rmcat-remb-03 section 2.2: 18 bits shifted by up to 63, which no Int holds.
    @Test("a rate beyond Int stays at its end and nothing traps")
    func saturation() {
        let most = Bitrate(bitsPerSecond: .max), least = Bitrate(bitsPerSecond: .min)
        #expect(most + most == most && least - most == least && most - least == most && least + least == least)
        #expect(most * 4 == most && most * -4 == least && most * .nan == .zero && most * .infinity == most)
        #expect(Bitrate.kilobits(.max) == most)
        #expect(Bitrate(bitsPerSecond: 1).duration(ofBytes: .max) == .nanoseconds(Int64.max))
        #expect(most.duration(ofBytes: .max).wholeNanoseconds == 8_000_000_000)
    }
}
