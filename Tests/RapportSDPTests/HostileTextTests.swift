import RapportBase
import RapportSDP
import Testing

@Suite("Hostile text")
struct HostileTextTests {
    /// What parsing came to; a description has to survive being written and read again.
    private func check(_ text: String) throws -> Bool {
        guard let description = try? SessionDescription(parsing: text) else { return false }
        let again = try SessionDescription(parsing: description.serialized())
        #expect(again == description)
        return again == description
    }

    @Test(
        "a description cut off anywhere is read or refused",
        arguments: ["chromium-answer-video-refused", "firefox-offer-simulcast", "chromium-offer-data-channel-only"])
    func truncation(name: String) throws {
        let bytes = Array(try Fixture.text(name).utf8)
        var read = 0
        for count in 0...bytes.count {
            if try check(String(decoding: bytes[..<count], as: UTF8.self)) { read += 1 }
        }
        #expect(read > 0 && read < bytes.count, "some prefixes are descriptions, and not every one is")
    }

    @Test("changed bytes, lines that are doubled, moved or lost never trap", arguments: 1...8)
    func mutation(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = Fixture.names
        var read = 0
        for _ in 0..<250 {
            let name = names[Int.random(in: 0..<names.count, using: &generator)]
            var bytes = Array(try Fixture.text(name).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, using: &generator) }
            if try check(String(decoding: bytes, as: UTF8.self)) { read += 1 }
        }
        #expect(read > 10, "seed \(seed): some changes leave a description")
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: Array("\r\n".utf8), at: index)
        case 3: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: index)
        case 4: bytes[index] = [0x20, 0x3A, 0x2F, 0x3D, 0x3B].randomElement(using: &generator)!
        default:
            let end = Int.random(in: index...min(index + 200, bytes.count), using: &generator)
            let piece = bytes[index..<end]
            bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
        }
    }

    @Test("random bytes never trap", arguments: 1...4)
    func noise(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let start = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"
        for _ in 0..<500 {
            let count = Int.random(in: 0...200, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(throws: SDPError.self) { try SessionDescription(parsing: "x" + text) }
            _ = try check(start + text)
        }
    }

    @Test("the words of every attribute with odd values never trap", arguments: SDPAttributeName.allCases)
    func oddValues(name: SDPAttributeName) throws {
        let values = [
            "", " ", ":", "/", "0", "-1", "+1", "256", "65536", "4294967296", "18446744073709551616", "1 2 3 4 5 6",
            "99 /", "99 a/b/c", "99 x/0", "99 x/1/", "* ", "\u{301}", " \u{301} \u{301}", "e\u{301} x", "0/recvonly x",
        ]
        for value in values {
            for level in ["", "m=audio 9 UDP/TLS/RTP/SAVPF 99\r\n", "m=application 9 UDP/DTLS/SCTP x\r\n"] {
                let head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + level
                _ = try check(head + "a=\(name.rawValue):\(value)\r\n")
                _ = try check(head + "a=\(name.rawValue)\r\n")
            }
        }
    }
}
