import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Redundant sound")
struct RedundancyTests {
    private let opus = PayloadType(masking: 111)

    private func packet(_ index: Int) -> [UInt8] { [0x78, UInt8(truncatingIfNeeded: index), 3] }

    /// A packet of the stream as it is on the wire.
    private func red(_ index: Int, _ sender: inout RedundantAudio) throws -> (header: RTPHeader, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 63), sequenceNumber: SequenceNumber(65_533) + index,
            timestamp: RTPTimestamp(.max - 3_000) + index * 960, ssrc: SSRC(1), to: &bytes)
        sender.pack(packet(index), at: RTPTimestamp(.max - 3_000) + index * 960, payloadType: opus, to: &bytes)
        return (try RTPHeader(parsing: bytes.span), bytes)
    }

    private func play(distance: Int, lost: (Int) -> Bool) throws -> (indices: [Int], AudioJitterBuffer.Statistics) {
        var sender = RedundantAudio(distance: distance)
        var buffer = AudioJitterBuffer()
        var (blocks, payload, indices, ahead) = ([RED.Block](), [UInt8](), [Int](), 0)
        for tick in 0..<420 {
            let now = Timestamp.milliseconds(Int64(tick) * 10)
            if tick % 2 == 0 {
                let (header, bytes) = try red(tick / 2, &sender)
                if !lost(tick / 2) {
                    buffer.insertRedundant(
                        header, payload: bytes.span.extracting(header.payloadRange), payloadType: opus, arrival: now,
                        blocks: &blocks)
                }
            }
            repeat {
                let pull = buffer.pull(at: now, PlayoutReport(samplesAhead: ahead), payload: &payload)
                if pull.source == .packet { indices.append(Int(payload[1])) }
                ahead += pull.added
            } while ahead < 480
            ahead -= 480
        }
        let statistics = buffer.statistics
        let held = UInt64(buffer.heldPackets)
        #expect(
            statistics.packetsReceived + statistics.redundantPacketsReceived
                == statistics.packetsDecoded + statistics.drops.total + held)
        return (indices, statistics)
    }

    @Test("losses of one packet are brought back by distance 1, of two by distance 2", arguments: [1, 2])
    func recovers(run: Int) throws {
        // From packet 100 on runs of `run` packets are lost; the delay has to learn that first.
        let (indices, statistics) = try play(distance: run) { $0 >= 20 && $0 % 8 < run }
        #expect(statistics.redundantPacketsReceived > 15)
        let tail = indices.suffix(60)
        #expect(Array(tail) == Array((tail.first ?? 0)...(tail.last ?? 0)))
        #expect(statistics.concealedSamples < 48_000 / 4)
    }

    @Test("without loss every packet is played once, and copies change nothing")
    func noLoss() throws {
        let (indices, statistics) = try play(distance: 3) { _ in false }
        #expect(indices == Array(0..<indices.count) && indices.count > 200)
        #expect(statistics.concealedSamples == 0 && statistics.redundantPacketsReceived == 0)
    }

    @Test("a payload that does not add up, or of another codec, is counted as malformed")
    func malformed() throws {
        var sender = RedundantAudio()
        var buffer = AudioJitterBuffer()
        var blocks: [RED.Block] = []
        let (header, bytes) = try red(0, &sender)
        let payload = bytes.span.extracting(header.payloadRange)
        buffer.insertRedundant(
            header, payload: payload, payloadType: PayloadType(masking: 9), arrival: .zero, blocks: &blocks)
        buffer.insertRedundant(
            header, payload: payload.extracting(0..<0), payloadType: opus, arrival: .zero, blocks: &blocks)
        let statistics = buffer.statistics
        #expect(statistics.packetsReceived == 2 && statistics.drops[.malformed] == 2)
    }

    @Test("a packet keeps to its size by repeating less, and never repeats what is too old to say")
    func bounds() throws {
        var sender = RedundantAudio(distance: 9, maximumBytes: 100)
        #expect(sender.distance == 4)
        var blocks: [RED.Block] = []
        for index in 0..<8 {
            var bytes: [UInt8] = []
            let gap = index >= 6 ? 20_000 : 0
            sender.pack(
                [UInt8](repeating: UInt8(index), count: 40), at: RTPTimestamp(0) + (index * 960 + gap),
                payloadType: opus,
                to: &bytes)
            #expect(bytes.count <= 100)
            try RED.parse(bytes.span, into: &blocks)
            #expect(blocks.count == (index == 0 || index == 6 ? 1 : 2))
        }
    }
}
