import RapportBase
import RapportRTP
import Testing

@Suite("RFC 8888 feedback")
struct CongestionControlFeedbackTests {
    private typealias Arrival = CongestionControlFeedback.Arrival

    private static let example = CongestionControlFeedback(
        sender: SSRC(0x0102_0304),
        streams: [
            .init(
                source: SSRC(0xA0B0_C0D0), begin: SequenceNumber(0xFFFE),
                packets: [Arrival(offset: 512, mark: .capable1), nil, Arrival(offset: 0, mark: .congestion)]),
            .init(source: SSRC(7), begin: SequenceNumber(1), packets: [Arrival(offset: Arrival.unknown), nil]),
        ],
        timestamp: 0x8765_4321)

    private static let bytes: [UInt8] =
        [0x8B, 205, 0, 10] + [1, 2, 3, 4]
        + [0xA0, 0xB0, 0xC0, 0xD0, 0xFF, 0xFE, 0, 3] + [0xA2, 0x00, 0, 0, 0xE0, 0x00, 0, 0]
        + [0, 0, 0, 7, 0, 1, 0, 2] + [0x9F, 0xFF, 0, 0]
        + [0x87, 0x65, 0x43, 0x21] + [UInt8]()

    private static func parsed(_ bytes: [UInt8]) throws -> CongestionControlFeedback? {
        guard case .congestionControlFeedback(let feedback) = try RTCP.parse(bytes).first else { return nil }
        return feedback
    }

    private static func serialized(_ feedback: CongestionControlFeedback) -> [UInt8] {
        var bytes: [UInt8] = []
        RTCP.append(.congestionControlFeedback(feedback), to: &bytes)
        return bytes
    }

    @Test("blocks are written and read as section 3.1 draws them, an odd number of reports padded")
    func layout() throws {
        #expect(Self.serialized(Self.example) == Self.bytes.withLength)
        #expect(try Self.parsed(Self.bytes.withLength) == Self.example)
    }

    @Test("a message without blocks is its sender and its time")
    func empty() throws {
        let empty = CongestionControlFeedback(sender: SSRC(1), streams: [], timestamp: 5)
        #expect(try Self.parsed(Self.serialized(empty)) == empty)
    }

    @Test("at every truncation it is refused or shorter, and never fatal")
    func truncated() throws {
        let whole = Self.bytes.withLength
        for count in 0..<whole.count {
            #expect(throws: RTCPError.self) { try RTCP.parse(Array(whole[..<count])) }
            // The length says what is there: a block may end where the time begins.
            guard count >= 4, count % 4 == 0 else { continue }
            let cut = Array(whole[..<count]).withLength
            if let feedback = try? Self.parsed(cut) { #expect(feedback.streams.count <= 1) }
        }
    }

    @Test("a block that claims more packets than it has, or than the section allows, is refused")
    func claims() throws {
        for count in [12, 20, 16_384, 16_385, 65_535] as [UInt16] {
            var bytes = Self.bytes.withLength
            bytes.replace(uint16: count, at: 14)
            #expect(throws: RTCPError.self) { try RTCP.parse(bytes) }
        }
    }

    @Test("the packets that one datagram reports are bounded")
    func bounded() throws {
        let stream = CongestionControlFeedback.Stream(
            source: SSRC(1), begin: SequenceNumber(0), packets: Array(repeating: nil, count: 16_384))
        let one = Self.serialized(CongestionControlFeedback(sender: SSRC(1), streams: [stream], timestamp: 0))
        #expect(try RTCP.parse(one + one + one + one).count == 4)
        #expect(throws: RTCPError.tooManyStatuses(16_384)) { try RTCP.parse(one + one + one + one + one) }
    }

    @Test("what is parsed and written again is the same, from random bytes", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var understood = 0
        for _ in 0..<500 {
            var bytes = [0x8B, 205, 0, 0] + random.bytes(Int.random(in: 1...30, using: &random) * 4)
            // A small count in most first blocks, so that some are whole.
            if bytes.count >= 16, Bool.random(using: &random) {
                bytes.replace(uint16: UInt16((bytes.count - 20) / 2 & 0xFFFF), at: 14)
            }
            guard let feedback = try? Self.parsed(bytes.withLength) else { continue }
            understood += 1
            #expect(try Self.parsed(Self.serialized(feedback)) == feedback)
        }
        #expect(understood > 50)
    }
}

extension [UInt8] {
    /// With the length of an RTCP packet that ends with it.
    fileprivate var withLength: [UInt8] {
        var bytes = self
        bytes.replace(uint16: UInt16(count / 4 - 1), at: 2)
        return bytes
    }
}
