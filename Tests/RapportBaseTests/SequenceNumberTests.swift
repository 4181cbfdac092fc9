import RapportBase
import Testing

@Suite("Sequence numbers and media time")
struct SequenceNumberTests {
    // RFC 3550 section 5.1: 16 bits, increments by one, wraps.
    @Test(
        "the distance is the shorter way round",
        arguments: [
            (UInt16(1), UInt16(0), 1), (0, 1, -1), (0, 65535, 1), (65535, 0, -1), (32767, 0, 32767), (32768, 0, -32768),
            (10, 65530, 16), (5, 5, 0),
        ])
    func distance(_ a: UInt16, _ b: UInt16, _ expected: Int) {
        #expect(SequenceNumber(a).distance(from: SequenceNumber(b)) == expected)
        #expect(SequenceNumber(a).isNewer(than: SequenceNumber(b)) == (expected > 0))
    }

    @Test("adding goes round and comes back")
    func adding() {
        var number = SequenceNumber(65535)
        number += 1
        #expect(number == SequenceNumber(0))
        #expect(number - 1 == SequenceNumber(65535))
        #expect(number + 65536 == number)
    }

    @Test("the unwrapped count follows a stream through many wraps, with reordering")
    func unwrap() {
        var unwrapper = SequenceUnwrapper()
        var generator = SeededGenerator(seed: 2)
        #expect(unwrapper.unwrap(SequenceNumber(65_000)) == 65_000)
        var newest: Int64 = 65_000
        for _ in 0..<100_000 {
            let value = newest + Int64.random(in: -1000...1000, using: &generator)
            #expect(unwrapper.unwrap(SequenceNumber(UInt16(truncatingIfNeeded: value))) == value)
            newest = max(newest, value)
        }
        #expect(newest > 10 * 65_536)
    }

    @Test("a number from before the first one comes out below it, negative across zero")
    func beforeTheFirst() {
        var unwrapper = SequenceUnwrapper()
        #expect(unwrapper.unwrap(SequenceNumber(2)) == 2)
        #expect(unwrapper.unwrap(SequenceNumber(65_535)) == -1)
        #expect(unwrapper.unwrap(SequenceNumber(3)) == 3)
    }

    @Test("an old number does not move what later ones are compared with")
    func oldNumberMovesNothing() {
        var unwrapper = SequenceUnwrapper()
        _ = unwrapper.unwrap(SequenceNumber(30_000))
        #expect(unwrapper.unwrap(SequenceNumber(10)) == 10)
        #expect(unwrapper.unwrap(SequenceNumber(60_000)) == 60_000)
    }

    @Test("media time compares and unwraps over 32 bits")
    func mediaTime() {
        let late = RTPTimestamp(0xFFFF_FF00)
        let early = late + 3000
        #expect(early.rawValue == 3000 - 0x100)
        #expect(early.isNewer(than: late) && early.distance(from: late) == 3000)
        #expect(late.distance(from: early) == -3000)
        var unwrapper = RTPTimestampUnwrapper()
        #expect(unwrapper.unwrap(late) == 0xFFFF_FF00)
        #expect(unwrapper.unwrap(early) == 0xFFFF_FF00 + 3000)
        #expect(unwrapper.unwrap(late) == 0xFFFF_FF00)
    }

    @Test("a payload type has seven bits")
    func payloadType() {
        #expect(PayloadType(rawValue: 127)?.rawValue == 127)
        #expect(PayloadType(rawValue: 128) == nil)
        #expect(PayloadType(masking: 0xE0).rawValue == 96)
    }
}
