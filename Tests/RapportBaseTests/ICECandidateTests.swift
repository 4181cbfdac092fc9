import RapportBase
import Testing

@Suite("ICE candidate")
struct ICECandidateTests {
    static let lines = [
        // RFC 8839 section 5.1, the examples.
        "candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host",
        "candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
        // As browsers write them.
        "candidate:842163049 1 udp 1677729535 198.51.100.7 61764 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag 4ZcD"
            + " network-cost 999",
        "candidate:0 1 UDP 2122187007 6ad9cc6b-2f5e-4b8c-9d52-3c1f1a2b3c4d.local 50342 typ host",
        "candidate:3 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active",
        "candidate:4 1 UDP 2113937151 2001:db8::1 3478 typ relay raddr 2001:db8::2 rport 65535",
    ]

    @Test("every field of a reflexive candidate is read")
    func fields() throws {
        let candidate = try ICECandidate(parsing: "a=" + Self.lines[2])
        #expect(candidate.foundation == "842163049" && candidate.component == 1 && candidate.transport == .udp)
        #expect(candidate.priority == 1_677_729_535 && candidate.address == "198.51.100.7" && candidate.port == 61764)
        #expect(candidate.kind == .serverReflexive && candidate.relatedAddress == "0.0.0.0")
        #expect(candidate.relatedPort == 0 && candidate.usernameFragment == "4ZcD" && candidate.tcpType == nil)
    }

    @Test("what is serialized parses to the same candidate", arguments: lines)
    func roundTrip(_ line: String) throws {
        let candidate = try ICECandidate(parsing: line)
        #expect(try ICECandidate(parsing: candidate.serialized) == candidate)
        #expect(candidate.serialized.hasPrefix("candidate:") && !candidate.serialized.contains("generation"))
    }

    @Test("TCP type and multicast name are seen")
    func details() throws {
        #expect(try ICECandidate(parsing: Self.lines[4]).tcpType == .active)
        #expect(try ICECandidate(parsing: Self.lines[3]).isMulticastDNSName)
        #expect(try !ICECandidate(parsing: Self.lines[0]).isMulticastDNSName)
    }

    @Test("a line end is no part of the last field", arguments: ["\r\n", "\n", "\r", " ", ""])
    func lineEnd(_ end: String) throws {
        #expect(try ICECandidate(parsing: Self.lines[0] + end).kind == .host)
        #expect(try ICECandidate(parsing: Self.lines[0] + " ufrag abcd" + end).usernameFragment == "abcd")
    }

    @Test(
        "bad input is refused with what was wrong",
        arguments: [
            ("", ICECandidateError.tooFewFields(0)),
            ("candidate:", .tooFewFields(0)),
            ("candidate:1 1 UDP 1 192.0.2.1 1 type host", .tooFewFields(8)),
            ("candidate:1 1 SCTP 1 192.0.2.1 1 typ host", .unknownTransport),
            ("candidate:1 1 UDP 1 192.0.2.1 1 typ hosted", .unknownType),
            ("candidate:1 0 UDP 1 192.0.2.1 1 typ host", .invalidNumber(field: "component")),
            ("candidate:1 257 UDP 1 192.0.2.1 1 typ host", .invalidNumber(field: "component")),
            ("candidate:1 1 UDP 4294967296 192.0.2.1 1 typ host", .invalidNumber(field: "priority")),
            ("candidate:1 1 UDP -1 192.0.2.1 1 typ host", .invalidNumber(field: "priority")),
            ("candidate:1 1 UDP -0 192.0.2.1 1 typ host", .invalidNumber(field: "priority")),
            ("candidate:1 1 UDP +1 192.0.2.1 1 typ host", .invalidNumber(field: "priority")),
            ("candidate:1 1 UDP 1 192.0.2.1 65536 typ host", .invalidNumber(field: "port")),
            ("candidate:1 1 UDP 1 192.0.2.1 1 typ host rport x", .invalidNumber(field: "rport")),
            ("candidate:1 1 UDP 1 192.0.2.1;rm 1 typ host", .invalidCharacter(field: "address")),
            ("candidate:1 1 UDP 1 192.0.2.1 1 typ host raddr <b>", .invalidCharacter(field: "raddr")),
            ("candidate:1 1 UDP 1 192.0.2.1 1 typ host ufrag a\u{85}b", .invalidCharacter(field: "ufrag")),
            ("candidate:a-b 1 UDP 1 192.0.2.1 1 typ host", .invalidCharacter(field: "foundation")),
            (
                "candidate:" + String(repeating: "a", count: 33) + " 1 UDP 1 192.0.2.1 1 typ host",
                .invalidCharacter(field: "foundation")
            ),
            (String(repeating: " ", count: 1025), .tooLong(1025)),
        ])
    func refused(_ line: String, _ error: ICECandidateError) {
        #expect(throws: error) { try ICECandidate(parsing: line) }
    }

    @Test("a line break inside never reaches what is serialized")
    func noInjection() throws {
        for line in ["\r\na=ice-lite", "\na=ice-lite", "\u{2028}a=x"] {
            let text = Self.lines[0] + " ufrag ab" + line
            guard let candidate = try? ICECandidate(parsing: text) else { continue }
            #expect(candidate.serialized.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F })
        }
    }

    @Test("every truncation parses or is refused, and what parses survives the way back", arguments: lines)
    func truncations(_ line: String) throws {
        for count in 0...line.utf8.count {
            let part = String(decoding: Array(line.utf8.prefix(count)), as: UTF8.self)
            guard let candidate = try? ICECandidate(parsing: part) else { continue }
            #expect(try ICECandidate(parsing: candidate.serialized) == candidate)
            #expect(count >= line.utf8.count / 2)
        }
    }

    @Test("random and mutated bytes never trap, and what parses survives the way back")
    func randomBytes() throws {
        var generator = SeededGenerator(seed: 3)
        var parsed = 0
        for round in 0..<5000 {
            var bytes = Array(Self.lines[round % Self.lines.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let candidate = try? ICECandidate(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            parsed += 1
            #expect(try ICECandidate(parsing: candidate.serialized) == candidate, "seed 3, round \(round)")
        }
        #expect(parsed > 100)
    }
}
