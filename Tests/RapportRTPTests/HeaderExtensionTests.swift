import RapportBase
import RapportRTP
import Testing

@Suite struct HeaderExtensionTests {
    static let map = HeaderExtensionMap([
        .mid: 1, .rid: 2, .repairedRID: 3, .transportSequenceNumber: 4, .absoluteSendTime: 5, .audioLevel: 6,
        .absoluteCaptureTime: 7, .playoutDelay: 8, .videoOrientation: 9,
    ])

    /// A packet with the given extension block; `body` is a multiple of four bytes.
    static func packet(profile: UInt16, _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
        bytes.append(uint16: profile)
        bytes.append(uint16: UInt16(body.count / 4))
        return bytes + body + [0xEE]
    }

    static func values(
        _ profile: UInt16, _ body: [UInt8], map: HeaderExtensionMap = map
    ) throws -> (values: HeaderExtensionValues, packet: [UInt8]) {
        let packet = packet(profile: profile, body)
        let header = try RTPHeader(parsing: packet)
        return (HeaderExtensionValues(parsing: packet, header: header, map: map), packet)
    }

    @Test("URIs name extensions and the other way round")
    func uris() {
        for name in HeaderExtension.allCases { #expect(HeaderExtension(uri: name.uri) == name) }
        #expect(HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level") == .audioLevel)
        #expect(HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:toffset") == nil)
    }

    @Test("a map gives ids and extensions, and an id belongs to one extension only")
    func mapLookup() {
        var map = HeaderExtensionMap()
        #expect(map.isEmpty)
        map[.mid] = 4
        map[.audioLevel] = 200
        #expect(map[.mid] == 4)
        #expect(map.extension(id: 4) == .mid)
        #expect(map.extension(id: 200) == .audioLevel)
        #expect(map.extension(id: 0) == nil)
        map[.rid] = 4
        #expect(map[.mid] == nil)
        #expect(map.extension(id: 4) == .rid)
        map[.rid] = nil
        map[.audioLevel] = 0
        #expect(map.isEmpty)
        for name in HeaderExtension.allCases { #expect(Self.map.extension(id: Self.map[name] ?? 0) == name) }
    }

    @Test("one-byte elements are read, with padding between them")
    func oneByteForm() throws {
        let (values, packet) = try Self.values(
            0xBEDE,
            [
                0x41, 0xAB, 0xCD,  // transport sequence number
                0x00, 0x00,  // padding, RFC 8285 section 4.1.1
                0x52, 0x12, 0x34, 0x56,  // sending time
                0x60, 0xA5,  // audio level, RFC 6464 section 3: V=1, 37
                0x11, 0x61, 0x30,  // mid "a0"
                0x82, 0x00, 0xA0, 0x14,  // playout delay 10, 20
                0x90, 0x0D,  // back camera, flipped, quarter
                0x00, 0x00, 0x00, 0x00,
            ])
        #expect(values.transportSequenceNumber == SequenceNumber(0xABCD))
        #expect(values.absoluteSendTime == 0x123456)
        #expect(values.audioLevel == AudioLevel(voiceActivity: true, level: 37))
        #expect(values.playoutDelay == PlayoutDelay(minimum: 10, maximum: 20))
        #expect(values.videoOrientation == VideoOrientation(rotation: .quarter, isFlipped: true, isBackCamera: true))
        let mid = try #require(values.midRange)
        #expect(Array(packet[mid]) == Array("a0".utf8))
        #expect(values.ridRange == nil)
    }

    @Test("two-byte elements are read, whatever the four application bits say", arguments: [UInt16(0x1000), 0x100F])
    func twoByteForm(profile: UInt16) throws {
        let map = HeaderExtensionMap([.rid: 17, .absoluteCaptureTime: 255, .audioLevel: 1])
        let (values, packet) = try Self.values(
            profile,
            [
                17, 17, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35,
                0x36,
                0, 0,
                255, 16, 0, 0, 0, 1, 0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
                1, 1, 0x7F, 0, 0,
            ], map: map)
        let rid = try #require(values.ridRange)
        #expect(Array(packet[rid]) == Array("01234567890123456".utf8))
        #expect(values.absoluteCaptureTime == NTPTime(rawValue: 0x0000_0001_8000_0000))
        #expect(values.captureClockOffset == -0x1_0000_0000)
        #expect(values.audioLevel == AudioLevel(voiceActivity: false, level: 127))
    }

    @Test("a two-byte element may be empty, and says nothing then")
    func emptyTwoByteElement() throws {
        let (values, _) = try Self.values(0x1000, [1, 0, 6, 1, 5, 4, 2, 0, 9, 0, 0, 0])
        #expect(values.midRange == nil)
        #expect(values.audioLevel?.level == 5)
        #expect(values.transportSequenceNumber == SequenceNumber(9))
    }

    // RFC 8285 section 4.2: processing stops at id 15; what came before counts.
    @Test("id 15 ends the one-byte form")
    func idFifteenStops() throws {
        let (values, _) = try Self.values(0xBEDE, [0x60, 0x01, 0xF0, 0x00, 0x41, 0x00, 0x07, 0x00])
        #expect(values.audioLevel?.level == 1)
        #expect(values.transportSequenceNumber == nil)
    }

    @Test("id 0 with a length ends the one-byte form")
    func idZeroWithLengthStops() throws {
        let (values, _) = try Self.values(0xBEDE, [0x60, 0x01, 0x01, 0x00, 0x41, 0x00, 0x07, 0x00])
        #expect(values.audioLevel?.level == 1)
        #expect(values.transportSequenceNumber == nil)
    }

    @Test("an element that runs over the end is left out, in both forms")
    func overrunningElement() throws {
        let (one, _) = try Self.values(0xBEDE, [0x60, 0x01, 0x4F, 0x00])
        #expect(one.audioLevel?.level == 1)
        #expect(one.transportSequenceNumber == nil)
        let (two, _) = try Self.values(0x1000, [6, 1, 1, 4])
        #expect(two.audioLevel?.level == 1)
        let (long, _) = try Self.values(0x1000, [4, 3, 1, 4])
        #expect(long == HeaderExtensionValues())
    }

    @Test("elements of the wrong length and elements nobody negotiated are passed over")
    func strangeElements() throws {
        let (values, _) = try Self.values(0xBEDE, [0x40, 0x01, 0xE1, 0x01, 0x02, 0x60, 0x09, 0x00])
        #expect(values.transportSequenceNumber == nil)
        #expect(values.audioLevel?.level == 9)
    }

    @Test("an extension of another profile says nothing")
    func otherProfile() throws {
        let (values, _) = try Self.values(0xABAC, [0x60, 0x01, 0x00, 0x00])
        #expect(values == HeaderExtensionValues())
    }

    @Test("sending time is 6 bits of seconds and 18 of fraction, and wraps after 64 s")
    func absoluteSendTime() {
        #expect(Timestamp.zero.absoluteSendTime == 0)
        #expect(Timestamp.seconds(1).absoluteSendTime == 1 << 18)
        #expect(Timestamp.milliseconds(500).absoluteSendTime == 1 << 17)
        #expect(Timestamp.milliseconds(63_999).absoluteSendTime == 63 << 18 | 261_881)
        #expect(Timestamp.seconds(64).absoluteSendTime == 0)
        #expect(Timestamp.seconds(1_000_000_001).absoluteSendTime == (1_000_000_001 % 64) << 18)
    }

    @Test("values past the range of the wire are held within it")
    func clampedValues() {
        #expect(AudioLevel(voiceActivity: false, level: 200).wire == 127)
        #expect(PlayoutDelay(minimum: 5000, maximum: 1).wire == 0xFFF001)
        for wire in UInt8.min...UInt8.max {
            #expect(AudioLevel(wire: wire).wire == wire)
            #expect(VideoOrientation(wire: wire).wire == wire & 0x0F)
        }
        #expect(VideoOrientation.Rotation.allCases.map(\.degrees) == [0, 90, 180, 270])
    }
}
