import RapportBase
import RapportRTP
import Testing

@Suite struct TransportFeedbackTests {
    private static func feedback(
        _ arrivals: [Duration?], base: UInt16 = 0x0099, reference: Int32 = 0x3D_E802, count: UInt8 = 23
    ) -> TransportFeedback {
        TransportFeedback(
            sender: SSRC(0xFA17_FA17), media: SSRC(0x4303_2FA0), baseSequence: SequenceNumber(base),
            referenceTime: reference, feedbackCount: count, arrivals: arrivals)
    }

    private static func serialized(_ feedback: TransportFeedback) -> [UInt8] {
        RTCPReportTests.serialized(.transportFeedback(feedback))
    }

    private static func parsed(_ bytes: [UInt8]) throws -> TransportFeedback? {
        guard case .transportFeedback(let feedback) = try RTCP.parse(bytes).first else { return nil }
        return feedback
    }

    private static func ticks(_ count: Int) -> Duration { .microseconds(250 * count) }

    /// The chunks and deltas behind the fixed 20 bytes.
    private static func tail(_ arrivals: [Duration?]) -> [UInt8] { Array(serialized(feedback(arrivals))[20...]) }

    static let fixed: [UInt8] = [0xFA, 0x17, 0xFA, 0x17, 0x43, 0x03, 0x2F, 0xA0, 0x00, 0x99]

    @Test("one packet is a run of one and a small delta, zero padded")
    func onePacket() throws {
        let bytes: [UInt8] =
            [0x8F, 205, 0, 5] + Self.fixed + [0x00, 0x01, 0x3D, 0xE8, 0x02, 23, 0x20, 0x01, 0x94, 0x00]
        let feedback = Self.feedback([.milliseconds(37)])
        #expect(Self.serialized(feedback) == bytes)
        #expect(try Self.parsed(bytes) == feedback)
    }

    @Test("the padding that browsers announce with the padding bit is understood")
    func announcedPadding() throws {
        let bytes: [UInt8] =
            [0xAF, 205, 0, 5] + Self.fixed + [0x00, 0x01, 0x3D, 0xE8, 0x02, 23, 0x20, 0x01, 0x94, 0x01]
        #expect(try Self.parsed(bytes) == Self.feedback([.milliseconds(37)]))
    }

    @Test("no packet at all is a message of its fixed fields")
    func noPacket() throws {
        let feedback = Self.feedback([])
        let bytes = Self.serialized(feedback)
        #expect(bytes == [0x8F, 205, 0, 4] + Self.fixed + [0x00, 0x00, 0x3D, 0xE8, 0x02, 23])
        #expect(try Self.parsed(bytes) == feedback)
    }

    // Draft section 3.1.4: |1|0| 14 symbols of one bit.
    @Test("up to 14 packets that came or not are one vector of single bits")
    func oneBitVector() throws {
        let arrivals: [Duration?] = [Self.ticks(1), nil, Self.ticks(2), nil, nil, Self.ticks(5)]
        #expect(Self.tail(arrivals) == [0b1010_1001, 0x00, 1, 1, 3, 0, 0, 0])
        #expect(try Self.parsed(Self.serialized(Self.feedback(arrivals))) == Self.feedback(arrivals))
    }

    // Draft section 3.1.4: |1|1| 7 symbols of two bits.
    @Test("a large or negative delta makes a vector of seven two-bit symbols")
    func twoBitVector() throws {
        let arrivals: [Duration?] = [Self.ticks(1000), nil, Self.ticks(999), Self.ticks(1000)]
        #expect(Self.tail(arrivals) == [0b1110_0010, 0b0100_0000, 0x03, 0xE8, 0xFF, 0xFF, 0x01, 0x00])
        #expect(try Self.parsed(Self.serialized(Self.feedback(arrivals))) == Self.feedback(arrivals))
    }

    // Draft section 3.1.3: |0| S | run length in 13 bits.
    @Test("a lost run longer than a vector is one run-length chunk")
    func lostRun() throws {
        let arrivals: [Duration?] = [Self.ticks(0)] + Array(repeating: nil, count: 100) + [Self.ticks(4)]
        let tail = Self.tail(arrivals)
        // A vector takes the first packet and 13 lost ones, a run the 87 that are left, another the last packet.
        #expect(tail == [0b1010_0000, 0x00, 0x00, 87, 0x20, 0x01, 0, 4])
        #expect(try Self.parsed(Self.serialized(Self.feedback(arrivals))) == Self.feedback(arrivals))
    }

    @Test("runs of more than 8191 take several chunks")
    func longRun() throws {
        let arrivals: [Duration?] = Array(repeating: nil, count: 20_000) + [Self.ticks(1)]
        #expect(Self.tail(arrivals) == [0x1F, 0xFF, 0x1F, 0xFF, 0x0E, 0x22, 0x20, 0x01, 1, 0, 0, 0])
        #expect(try Self.parsed(Self.serialized(Self.feedback(arrivals))) == Self.feedback(arrivals))
    }

    @Test("a run of large deltas is a run-length chunk")
    func largeRun() throws {
        let arrivals: [Duration?] = (1...9).map { Self.ticks(300 * $0) }
        #expect(Self.tail(arrivals).prefix(2) == [0x40, 0x09])
        #expect(try Self.parsed(Self.serialized(Self.feedback(arrivals))) == Self.feedback(arrivals))
    }

    @Test("255 ticks is the largest small delta, 256 and -1 are large")
    func deltaBorders() {
        #expect(Self.tail([Self.ticks(255)]) == [0x20, 0x01, 255, 0])
        #expect(Self.tail([Self.ticks(256)]) == [0x40, 0x01, 1, 0])
        #expect(Self.tail([Self.ticks(-1)]) == [0x40, 0x01, 0xFF, 0xFF])
    }

    @Test("deltas are clamped to 16 bits, and later packets return to their own time")
    func clampedDeltas() throws {
        let arrivals: [Duration?] = [.seconds(10), .seconds(10), .seconds(-40), .seconds(Int64.max), nil]
        let parsed = try #require(try Self.parsed(Self.serialized(Self.feedback(arrivals))))
        #expect(
            parsed.arrivals == [
                Self.ticks(32_767), .seconds(10), Self.ticks(40_000 - 32_768), Self.ticks(40_000 - 1), nil,
            ])
    }

    @Test("times are rounded to the nearest tick without the error adding up")
    func rounding() throws {
        let arrivals = (0..<1000).map { Optional(Duration.microseconds(100 * $0)) }
        let parsed = try #require(try Self.parsed(Self.serialized(Self.feedback(arrivals))))
        for (arrival, sent) in zip(parsed.arrivals, arrivals) {
            let error = try #require(arrival) - (try #require(sent))
            #expect(error >= .microseconds(-125) && error <= .microseconds(125))
        }
    }

    @Test("the reference time is 24 bits signed and wraps")
    func referenceTime() throws {
        for (written, read) in [
            (-1, -1), (-0x80_0000, -0x80_0000), (0x7F_FFFF, 0x7F_FFFF), (0x80_0000, -0x80_0000),
            (-0x80_0001, 0x7F_FFFF), (0x100_0000, 0),
        ] as [(Int32, Int32)] {
            let bytes = Self.serialized(Self.feedback([Self.ticks(-3)], reference: written))
            #expect(try Self.parsed(bytes) == Self.feedback([Self.ticks(-3)], reference: read))
        }
    }

    @Test("random arrivals come back, over the wrap too", arguments: 1...200 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var time = 0
        let lossPercent = Int.random(in: 0...100, using: &random)
        let spread = [3, 200, 3000].randomElement(using: &random) ?? 3
        let arrivals: [Duration?] = (0..<Int.random(in: 0...2000, using: &random)).map { _ in
            if Int.random(in: 1...100, using: &random) <= lossPercent { return nil }
            time += Int.random(in: -spread / 4...spread, using: &random)
            return Self.ticks(time)
        }
        let feedback = Self.feedback(
            arrivals, base: 65_000, reference: Int32.random(in: -0x80_0000...0x7F_FFFF, using: &random),
            count: UInt8.random(in: 0...255, using: &random))
        #expect(try Self.parsed(Self.serialized(feedback)) == feedback)
    }

    @Test("chunks stay compact: under two bytes for seven packets in any pattern")
    func compactness() {
        var random = SeededGenerator(seed: 77)
        let arrivals: [Duration?] = (0..<700).map { Bool.random(using: &random) ? Self.ticks($0) : nil }
        let received = arrivals.count { $0 != nil }
        #expect(Self.tail(arrivals).count <= 2 * 50 + received + 3)
    }

    @Test("symbols behind the last packet are not looked at")
    func surplusSymbols() throws {
        let bytes: [UInt8] =
            [0x8F, 205, 0, 5] + Self.fixed + [0x00, 0x02, 0x3D, 0xE8, 0x02, 23, 0b1101_0011, 0xFF, 0x02, 0x00]
        #expect(try Self.parsed(bytes) == Self.feedback([Self.ticks(2), nil]))
    }

    @Test("a run-length chunk longer than the count is cut, and a run of nothing passed over")
    func strangeRuns() throws {
        let bytes: [UInt8] =
            [0x8F, 205, 0, 5] + Self.fixed + [0x00, 0x01, 0x3D, 0xE8, 0x02, 23, 0x20, 0x00, 0x3F, 0xFF]
        let padded = bytes + [0x02, 0, 0, 0]
        var fixed = padded
        fixed[3] = 6
        #expect(try Self.parsed(fixed) == Self.feedback([Self.ticks(2)]))
    }

    @Test("the reserved symbol is refused, in a run and in a vector")
    func reservedSymbol() {
        for chunk in [[0x60, 0x01], [0xF0, 0x00]] as [[UInt8]] {
            let bytes = [0x8F, 205, 0, 5] + Self.fixed + [0x00, 0x01, 0x3D, 0xE8, 0x02, 23] + chunk + [0, 0]
            #expect(throws: RTCPError.malformed(packetType: 205, count: 15)) { try RTCP.parse(bytes) }
        }
    }

    @Test("missing chunks and missing deltas are refused")
    func missingParts() {
        let noChunk = [0x8F, 205, 0, 4] + Self.fixed + [0x00, 0x01, 0x3D, 0xE8, 0x02, 23]
        #expect(throws: RTCPError.truncated(needed: 18, actual: 16)) { try RTCP.parse(noChunk) }
        let noDelta = [0x8F, 205, 0, 5] + Self.fixed + [0x00, 0x03, 0x3D, 0xE8, 0x02, 23, 0x20, 0x03, 1, 1]
        #expect(throws: RTCPError.truncated(needed: 21, actual: 20)) { try RTCP.parse(noDelta) }
    }

    @Test("one datagram cannot report more packets than there are sequence numbers")
    func bounded() throws {
        let large = Self.serialized(Self.feedback(Array(repeating: nil, count: 40_000)))
        #expect(large.count == 32)
        #expect(try RTCP.parse(large).count == 1)
        #expect(throws: RTCPError.tooManyStatuses(40_000)) { try RTCP.parse((large + large)) }
    }
}
