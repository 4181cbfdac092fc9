import RapportBase
import Testing

@Suite("Fingerprint")
struct FingerprintTests {
    // RFC 8122 section 5, the example.
    static let example =
        "sha-256 12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD"

    @Test("the example of RFC 8122 is read and written back")
    func example() throws {
        let fingerprint = try Fingerprint(parsing: Self.example)
        #expect(fingerprint.algorithm == .sha256 && fingerprint.bytes.count == 32)
        #expect(fingerprint.bytes[0] == 0x12 && fingerprint.bytes[1] == 0xDF && fingerprint.bytes[31] == 0xAD)
        #expect(fingerprint.serialized == Self.example)
        #expect(try Fingerprint(parsing: Self.example.lowercased()) == fingerprint)
    }

    @Test("each algorithm has its length", arguments: HashAlgorithm.allCases)
    func lengths(_ algorithm: HashAlgorithm) throws {
        let bytes = (0..<algorithm.digestLength).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let fingerprint = Fingerprint(algorithm: algorithm, bytes: bytes)
        #expect(try Fingerprint(parsing: fingerprint.serialized) == fingerprint)
        let short = Fingerprint(algorithm: algorithm, bytes: bytes.dropLast())
        #expect(throws: FingerprintError.wrongLength(expected: bytes.count, actual: bytes.count - 1)) {
            try Fingerprint(parsing: short.serialized)
        }
    }

    @Test(
        "bad input is refused with what was wrong",
        arguments: [
            ("", FingerprintError.malformed), ("sha-256", .malformed), ("sha-256 ", .malformed),
            ("sha-256 AB CD", .malformed),
            ("md5 AB:CD", .unknownAlgorithm), ("sha-1 A:BC", .malformed), ("sha-1 AB:", .malformed),
            ("sha-1 :AB", .malformed),
            ("sha-1 +1:AB", .malformed), ("sha-1 -0:AB", .malformed), ("sha-1 GG:AB", .malformed),
            ("sha-1 é:AB", .malformed),
            ("sha-1 AB:CD", .wrongLength(expected: 20, actual: 2)),
        ])
    func refused(_ text: String, _ error: FingerprintError) {
        #expect(throws: error) { try Fingerprint(parsing: text) }
    }

    @Test("no truncation is taken for a fingerprint")
    func truncations() {
        for count in 0..<Self.example.count {
            #expect(throws: FingerprintError.self) { try Fingerprint(parsing: Self.example.prefix(count)) }
        }
    }

    @Test("random bytes never trap")
    func randomBytes() throws {
        var generator = SeededGenerator(seed: 4)
        for round in 0..<3000 {
            var bytes = Array(Self.example.utf8)
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[at] = UInt8.random(in: 0...255, using: &generator)
            guard let value = try? Fingerprint(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(try Fingerprint(parsing: value.serialized) == value, "seed 4, round \(round)")
        }
    }
}
