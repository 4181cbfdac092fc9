import RapportBase
import RapportSDP
import Testing

@Suite("Grammar")
struct GrammarTests {
    private static let head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    private static let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"

    private func error(_ text: String) -> SDPError? {
        do {
            _ = try SessionDescription(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test("the first three lines stand in their order")
    func firstLines() {
        #expect(error("") == .missingLine(line: 1, type: .version))
        #expect(error("v=0\r\n") == .missingLine(line: 2, type: .origin))
        #expect(error("v=0\r\ns=-\r\n") == .missingLine(line: 2, type: .origin))
        #expect(error("v=1\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n") == .malformedValue(line: 1, type: .version))
        #expect(error("v=0\r\no=- 1 2 IN IP4\r\ns=-\r\n") == .malformedValue(line: 2, type: .origin))
        #expect(error("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n") == .missingLine(line: 3, type: .sessionName))
    }

    @Test("lines that are none name where they stand")
    func lines() {
        #expect(error(Self.head + "hello\r\n") == .malformedLine(line: 5))
        #expect(error(Self.head + "\r\na=x\r\n") == .malformedLine(line: 5))
        #expect(error(Self.head + "a=x\ry\r\n") == .forbiddenByte(line: 5))
        #expect(error(Self.head + "a=x\0\r\n") == .forbiddenByte(line: 5))
        #expect(error(Self.head + "o=- 1 2 IN IP4 0.0.0.0\r\n") == .unexpectedLine(line: 5, type: .origin))
        #expect(error(Self.head + Self.audio + "t=0 0\r\n") == .unexpectedLine(line: 6, type: .timing))
        #expect(error(Self.head + "\r\n") == nil, "one empty line at the end is let pass")
    }

    @Test("texts that are too large are refused before they are read")
    func sizes() {
        let long = "a=x:" + String(repeating: "y", count: SessionDescription.maximumLineBytes)
        #expect(error(Self.head + long) == .lineTooLong(line: 5, bytes: long.utf8.count))
        let huge = String(repeating: "a=x\r\n", count: SessionDescription.maximumBytes / 5 + 1)
        #expect(error(huge) == .tooLarge(bytes: huge.utf8.count))
        let sections = String(repeating: Self.audio, count: SessionDescription.maximumMediaSections)
        #expect(error(Self.head + sections) == nil)
        let line = 5 + SessionDescription.maximumMediaSections
        #expect(error(Self.head + sections + Self.audio) == .tooManyMediaSections(line: line))
    }

    @Test(
        "attributes with a wrong value name themselves and their line",
        arguments: [
            ("setup:maybe", .setup), ("ice-ufrag:abc", .iceUsernameFragment), ("ice-pwd:short", .icePassword),
            ("fingerprint:sha-256 AB", .fingerprint), ("mid:", .mid), ("mid:a b", .mid),
            ("extmap:0 urn:x", .extensionMapping), ("extmap:1", .extensionMapping),
            ("extmap:1/up urn:x", .extensionMapping), ("rtpmap:111 opus", .formatMapping),
            ("rtpmap:128 opus/48000", .formatMapping), ("rtpmap:111 opus/0", .formatMapping),
            ("fmtp:x y=1", .formatParameters), ("rtcp-fb:111", .feedback), ("ssrc:x cname:y", .source),
            ("ssrc:4294967296 cname:y", .source), ("ssrc-group:FID 1 x", .sourceGroup),
            ("candidate:1 1 udp 99 192.0.2.1", .candidate),
            ("candidate:1 1 udp 1 192.0.2.1 70000 typ host", .candidate),
            ("sctp-port:70000", .sctpPort), ("max-message-size:-1", .maximumMessageSize), ("rtcp:x", .rtcp),
            ("msid:a b c", .streamIdentification),
        ] as [(String, SDPAttributeName)])
    func wrongValues(line: String, name: SDPAttributeName) {
        #expect(error(Self.head + Self.audio + "a=\(line)\r\n") == .malformedAttribute(line: 6, attribute: name))
    }

    @Test("what may be said once is refused when said twice with different values")
    func conflicts() {
        let twice: [(String, String, SDPAttributeName)] = [
            ("mid:0", "mid:1", .mid), ("sendrecv", "recvonly", .receiveOnly), ("setup:active", "setup:passive", .setup),
            ("extmap:1 urn:a", "extmap:1 urn:b", .extensionMapping),
            ("rtpmap:111 opus/48000/2", "rtpmap:111 VP8/90000", .formatMapping),
            ("ice-ufrag:aaaa", "ice-ufrag:bbbb", .iceUsernameFragment),
        ]
        for (first, second, name) in twice {
            let text = Self.head + Self.audio + "a=\(first)\r\na=\(second)\r\n"
            #expect(error(text) == .conflictingAttribute(line: 7, attribute: name))
            #expect(error(Self.head + Self.audio + "a=\(first)\r\na=\(first)\r\n") == nil)
        }
    }

    @Test("media lines are read field by field")
    func mediaLines() throws {
        for line in [
            "m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio x RTP/AVP 0", "m=audio 9 RTP/AVP 128", "m=audio 9 RTP/AVP 0 0",
            "m=audio 9/x RTP/AVP 0",
        ] {
            #expect(error(Self.head + line + "\r\n") == .malformedValue(line: 5, type: .media))
        }
        let section = try SessionDescription(parsing: Self.head + "m=audio 9/2 RTP/AVP 0 101\r\n").media[0]
        #expect(section.codecs.map(\.name) == ["PCMU"], "a static payload type needs no mapping")
        #expect(section.formats == ["0", "101"])
    }

    @Test("candidates and fingerprints of unknown kinds are passed over and kept")
    func unknownKinds() throws {
        let lines = "a=candidate:1 1 sctp 1 192.0.2.1 9 typ host\r\na=fingerprint:sha3-256 AB:CD\r\na=x-new:1\r\n"
        let section = try SessionDescription(parsing: Self.head + Self.audio + lines).media[0]
        #expect(section.candidates.isEmpty && section.transport.fingerprints.isEmpty)
        #expect(section.otherAttributes.map(\.name) == ["candidate", "fingerprint", "x-new"])
    }

    @Test("attributes that are repeated without end are refused, whatever the text's size allows")
    func repetition() {
        let lines: [(String, Int, SDPAttributeName)] = [
            ("rtcp-fb:111 x", 64, .feedback), ("rtcp-fb:* x", 64, .feedback), ("ssrc:%", 1024, .source),
            ("ice-options:o%", 32, .iceOptions),
        ]
        for (line, maximum, name) in lines {
            func text(_ count: Int) -> String {
                let attributes = (1...count).map { "a=" + line.replacing("%", with: String($0)) + "\r\n" }
                return Self.head + Self.audio + attributes.joined()
            }
            #expect(error(text(maximum)) == nil)
            #expect(error(text(maximum + 1)) == .tooManyAttributes(line: 6 + maximum, attribute: name))
        }
    }

    @Test("session lines stand in for what a section leaves out")
    func inheritance() throws {
        let text =
            Self.head + "a=sendonly\r\na=ice-ufrag:sess\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
            + Self.audio + "a=ice-ufrag:mine\r\na=recvonly\r\n" + Self.audio
        let description = try SessionDescription(parsing: text)
        #expect(description.transport(of: description.media[0]).usernameFragment == "mine")
        #expect(description.transport(of: description.media[1]).usernameFragment == "sess")
        #expect(description.direction(of: description.media[0]) == .recvonly)
        #expect(description.direction(of: description.media[1]) == .sendonly)
    }

    @Test("a value with a line break cannot begin a line of its own")
    func noInjection() throws {
        var section = MediaDescription(kind: .audio, codecs: [])
        section.streams = [MediaStreamIdentification(streamID: "a\r\na=setup:passive", trackID: "b")]
        let description = SessionDescription(origin: SessionOrigin(sessionID: 1, sessionVersion: 1), media: [section])
        #expect(!description.serialized().contains("\na=setup"))
    }

    @Test("directions turn round and meet")
    func directions() {
        #expect(MediaDirection.sendonly.reversed == .recvonly)
        #expect(MediaDirection.sendrecv.reversed == .sendrecv)
        for a in MediaDirection.allCases {
            for b in MediaDirection.allCases {
                #expect(a.intersection(b).sends == (a.sends && b.sends))
                #expect(a.intersection(b).receives == (a.receives && b.receives))
            }
        }
    }
}
