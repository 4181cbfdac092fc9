import RapportBase
import Testing

@Suite("NTP time")
struct NTPTimeTests {
    // RFC 5905 figure 4: 1 January 1970 is second 2 208 988 800 of era 0.
    @Test("the Unix epoch is where NTP says it is")
    func epoch() {
        #expect(NTPTime(unixSeconds: 0, nanoseconds: 0).rawValue == UInt64(2_208_988_800) << 32)
        #expect(NTPTime(unixSeconds: 0, nanoseconds: 500_000_000).rawValue == UInt64(2_208_988_800) << 32 | 0x8000_0000)
        #expect(NTPTime(unixSeconds: 1, nanoseconds: 250_000_000).rawValue == UInt64(2_208_988_801) << 32 | 0x4000_0000)
    }

    @Test("nanoseconds outside one second carry into the seconds")
    func carry() {
        #expect(
            NTPTime(unixSeconds: 5, nanoseconds: 1_500_000_000) == NTPTime(unixSeconds: 6, nanoseconds: 500_000_000))
        #expect(NTPTime(unixSeconds: 5, nanoseconds: -500_000_000) == NTPTime(unixSeconds: 4, nanoseconds: 500_000_000))
    }

    // RFC 3550 section 6.4.1, figure 2: the SR of 0xb44d_b705:2000_0000 has the LSR 0xb705:2000.
    @Test("the middle 32 bits are those of the example in RFC 3550")
    func middle() {
        #expect(NTPTime(rawValue: 0xB44D_B705_2000_0000).middle32 == 0xB705_2000)
    }

    // RFC 3550 section 6.4.1, figure 2: A - LSR - DLSR = 0xb710:8000 - 0xb705:2000 - 0x0005:4000 = 0x0006:2000 = 6.125 s.
    @Test("differences are those of the example in RFC 3550")
    func roundTrip() {
        let report = NTPTime(rawValue: 0xB44D_B705_2000_0000)
        let arrival = NTPTime(rawValue: 0xB44D_B710_8000_0000)
        #expect(arrival - report == .milliseconds(11_375))
        #expect(arrival - report - .milliseconds(5_250) == .milliseconds(6_125))
    }

    @Test("adding a step and taking the difference gives the step back, also backwards")
    func inverse() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let time = NTPTime(rawValue: generator.next())
            let step = Duration.nanoseconds(
                Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &generator))
            #expect((time + step) - time == step, "\(time.rawValue) \(step)")
        }
    }

    @Test("a difference across the end of the era is still small")
    func era() {
        let last = NTPTime(rawValue: 0xFFFF_FFFF_8000_0000)
        #expect(last + .seconds(1) == NTPTime(rawValue: 0x0000_0000_8000_0000))
        #expect((last + .seconds(1)) - last == .seconds(1))
    }

    @Test("no input traps")
    func extremes() {
        let edges: [Int64] = [.min, -1, 0, 1, .max]
        for seconds in edges {
            for nanoseconds in edges {
                let time = NTPTime(unixSeconds: seconds, nanoseconds: nanoseconds)
                #expect(time - time == .zero)
                #expect((time + .nanoseconds(nanoseconds)) - (time + .nanoseconds(nanoseconds)) == .zero)
            }
        }
    }
}
