import RapportBase
import Testing

/// Lets `#expect` call a ring, which cannot be copied as the macro would.
private final class RingUnderTest {
    var ring: PacketRing

    init(slots: Int, slotBytes: Int) { ring = PacketRing(slots: slots, slotBytes: slotBytes) }

    func insert(_ number: Int64, _ bytes: [UInt8]) -> Bool { ring.insert(number, bytes.span) }
    func contains(_ number: Int64) -> Bool { ring.contains(number) }
    func read(_ number: Int64) -> [UInt8]? { ring.withPacket(number) { $0.copy(0..<$0.count) } }
}

@Suite("Packet ring")
struct PacketRingTests {
    private func packet(_ number: Int64, length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: number &* 31 &+ Int64($0)) }
    }

    @Test("a packet comes back as it went in, until one a ring's length later takes its place")
    func replaced() {
        let ring = RingUnderTest(slots: 8, slotBytes: 100)
        for number in Int64(0)..<8 {
            #expect(ring.insert(number, packet(number, length: 10 * Int(number))))
        }
        for number in Int64(0)..<8 { #expect(ring.read(number) == packet(number, length: 10 * Int(number))) }
        #expect(ring.insert(9, packet(9, length: 5)))
        #expect(ring.read(1) == nil && !ring.contains(1))
        #expect(ring.read(9) == packet(9, length: 5))
        #expect(ring.read(2) == packet(2, length: 20))
    }

    @Test("what is too large, too old, twice or negative is refused and changes nothing")
    func refused() {
        let ring = RingUnderTest(slots: 4, slotBytes: 10)
        #expect(ring.insert(6, packet(6, length: 10)))
        #expect(!ring.insert(7, packet(7, length: 11)))
        #expect(!ring.insert(2, packet(2, length: 3)))
        #expect(!ring.insert(6, packet(6, length: 3)))
        #expect(!ring.insert(-1, packet(1, length: 3)))
        #expect(ring.read(6) == packet(6, length: 10))
        #expect(ring.read(7) == nil && ring.read(2) == nil && ring.read(-1) == nil)
    }

    @Test("removing forgets one or all")
    func removing() {
        let ring = RingUnderTest(slots: 4, slotBytes: 10)
        for number in Int64(4)..<8 { #expect(ring.insert(number, packet(number, length: 1))) }
        ring.ring.remove(1)
        #expect(ring.contains(5))
        ring.ring.remove(5)
        #expect(!ring.contains(5) && ring.contains(6))
        ring.ring.removeAll()
        #expect((4..<8).allSatisfy { !ring.contains($0) })
    }

    @Test("an error of the reader passes through with its type")
    func throwing() {
        struct Refused: Error, Equatable {}
        let ring = RingUnderTest(slots: 1, slotBytes: 1)
        #expect(ring.insert(0, packet(0, length: 1)))
        var caught = false
        do throws(Refused) {
            _ = try ring.ring.withPacket(0) { (_: Span<UInt8>) throws(Refused) -> Int in throw Refused() }
        } catch { caught = error == Refused() }
        #expect(caught)
    }

    @Test("under random inserts and removals it holds what a dictionary says")
    func againstDictionary() {
        var generator = SeededGenerator(seed: 5)
        let ring = RingUnderTest(slots: 16, slotBytes: 32)
        var model: [Int64: [UInt8]] = [:]
        for round in 0..<5000 {
            let number = Int64.random(in: 0...Int64(round / 10 + 20), using: &generator)
            if Bool.random(using: &generator) {
                let bytes = packet(Int64(round), length: Int.random(in: 0...40, using: &generator))
                let rival = model.keys.first { $0 % 16 == number % 16 }
                let fits = bytes.count <= 32 && (rival ?? -1) < number
                #expect(ring.insert(number, bytes) == fits, "seed 5, round \(round)")
                if fits {
                    if let rival { model[rival] = nil }
                    model[number] = bytes
                }
            } else {
                ring.ring.remove(number)
                model[number] = nil
            }
            #expect(ring.read(number) == model[number], "seed 5, round \(round)")
        }
    }
}
