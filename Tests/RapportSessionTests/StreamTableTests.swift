import RapportBase
import RapportNegotiation
import RapportRTP
import Testing

@testable import RapportSession

@Suite("StreamTable")
struct StreamTableTests {
    private struct Counter: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 {
            value &+= 0x9E37_79B9_7F4A_7C15
            return value
        }
    }

    private func side(seed: UInt64) throws -> NegotiationState {
        var generator = Counter(value: seed)
        var state = NegotiationState(using: &generator)
        _ = try state.addTrack(.audio)
        _ = try state.addTrack(.video)
        return state
    }

    /// A table after two of our own sides agreed on sound and pictures both ways.
    private func negotiated() throws -> StreamTable {
        let fingerprint = Fingerprint(algorithm: .sha256, bytes: [UInt8](repeating: 7, count: 32))
        let transport = LocalTransport(
            ice: ICEParameters(usernameFragment: "abcd", password: "abcdefghijklmnopqrstuv"),
            fingerprints: [fingerprint])
        var (caller, callee) = (try side(seed: 1), try side(seed: 2))
        let offer = try caller.createOffer(transport: transport)
        _ = try caller.setLocalDescription(.offer, offer)
        _ = try callee.setRemoteDescription(.offer, offer)
        _ = try callee.setLocalDescription(.answer, try callee.createAnswer(transport: transport))
        var table = StreamTable()
        var generator: any RandomNumberGenerator = Counter(value: 3)
        table.apply(
            try #require(callee.session), maximumPacket: 1200, repair: nil, wallClockAtStart: NTPTime(rawValue: 0),
            using: &generator)
        return table
    }

    /// RFC 3550 section 5.1: version 2, no extension, `padding` bytes of padding behind `payload`.
    private func packet(type: UInt8, ssrc: UInt8, payload: [UInt8] = [], padding: UInt8 = 0) -> [UInt8] {
        var bytes: [UInt8] = [padding > 0 ? 0xA0 : 0x80, type, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc] + payload
        if padding > 0 { bytes += [UInt8](repeating: 0, count: Int(padding) - 1) + [padding] }
        return bytes
    }

    private func isFound(_ bytes: [UInt8], in table: inout StreamTable) throws -> (stream: Bool, probe: Bool) {
        let header = try RTPHeader(parsing: bytes.span)
        let found = table.receiver(
            for: header,
            extensions: HeaderExtensionValues(parsing: bytes.span, header: header, map: HeaderExtensionMap()),
            packet: bytes.span, at: .zero)
        return (found != nil, table.isProbe(header))
    }

    @Test("padding as retransmission before the first picture is a probe; anything else without a stream is not")
    func probes() throws {
        var table = try negotiated()
        let cases: [(bytes: [UInt8], stream: Bool, probe: Bool)] = [
            // As Chromium sends it right behind the handshake: 255 bytes of padding.
            (packet(type: 97, ssrc: 1, padding: 255), false, true),
            (packet(type: 97, ssrc: 1, payload: [0, 9, 1, 2, 3]), false, false),
            (packet(type: 50, ssrc: 2, padding: 255), false, false),
            (packet(type: 96, ssrc: 3, payload: [0x10, 0]), true, false),
            // Now there is a stream that it belongs to.
            (packet(type: 97, ssrc: 1, padding: 255), true, true),
        ]
        for each in cases {
            let result = try isFound(each.bytes, in: &table)
            #expect(result == (each.stream, each.probe), "\(each.bytes.prefix(12))")
        }
    }
}
