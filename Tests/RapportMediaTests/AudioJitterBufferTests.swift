import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("AudioJitterBuffer")
struct AudioJitterBufferTests {
    private func insert(
        _ buffer: inout AudioJitterBuffer, _ index: Int, at milliseconds: Int64, gap: Int = 0, isDTX: Bool = false,
        hasFEC: Bool = false
    ) {
        let packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(65_534) + index, timestamp: RTPTimestamp(.max - 960) + (index * 960 + gap),
            samples: 960, hasFEC: hasFEC, isDTX: isDTX)
        let payload = [UInt8(truncatingIfNeeded: index), 7]
        buffer.insert(packet, payload: payload.span, arrival: .milliseconds(milliseconds))
    }

    /// What an answer is made from, without the wish to stretch time.
    private struct Answer: Equatable, CustomStringConvertible {
        var source: AudioPull.Source
        var index: Int?
        var samples: Int
        var skipped = 0
        var description: String { "\(source) \(index ?? -1) \(samples)" }
    }

    private func pull(_ buffer: inout AudioJitterBuffer, at milliseconds: Int64, ahead: Int = 0) -> Answer {
        var payload: [UInt8] = []
        let pull = buffer.pull(
            at: .milliseconds(milliseconds), PlayoutReport(samplesAhead: ahead), payload: &payload)
        return Answer(
            source: pull.source, index: payload.first.map(Int.init), samples: pull.samples, skipped: pull.skipped)
    }

    private func packet(_ index: Int) -> Answer {
        Answer(source: .packet, index: Int(UInt8(truncatingIfNeeded: index)), samples: 960)
    }

    private let concealed = Answer(source: .conceal, samples: 480)
    private let silence = Answer(source: .silence, samples: 480)
    private let comfortNoise = Answer(source: .comfortNoise, samples: 480)

    @Test("before the first packet, and until the start delay is over, there is silence that is not counted")
    func startsSilent() {
        var buffer = AudioJitterBuffer()
        let before = pull(&buffer, at: 0)
        #expect(before == silence)
        insert(&buffer, 0, at: 5)
        let waiting = pull(&buffer, at: 10)
        #expect(waiting == silence)
        let first = pull(&buffer, at: 50)
        #expect(first == packet(0))
        let statistics = buffer.statistics
        #expect(statistics.concealedSamples == 0 && statistics.totalSamplesReceived == 960)
        #expect(statistics.jitterBufferDelay == .milliseconds(45) * 960 && statistics.jitterBufferEmittedCount == 960)
    }

    @Test("with 10 ms at hand nothing is handed out")
    func enough() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        let answer = pull(&buffer, at: 40, ahead: 480)
        let next = pull(&buffer, at: 50, ahead: 479)
        #expect(answer == Answer(source: .nothing, samples: 0) && next == packet(0))
    }

    @Test("what is heard next is told by what is at hand, whenever it is asked; in a pause and a gap it is not known")
    func playoutPoint() {
        var buffer = AudioJitterBuffer()
        for index in 0..<3 { insert(&buffer, index, at: Int64(index) * 20, isDTX: index == 2) }
        let before = buffer.playoutPoint
        _ = pull(&buffer, at: 40)
        let whole = buffer.playoutPoint
        _ = pull(&buffer, at: 50, ahead: 480)
        let half = buffer.playoutPoint
        // Drawn out by 5 ms meanwhile.
        _ = pull(&buffer, at: 60, ahead: 240)
        let later = buffer.playoutPoint
        _ = pull(&buffer, at: 90)
        let paused = buffer.playoutPoint
        #expect(before == nil && paused == nil)
        let second = RTPTimestamp(.max - 960) + 960
        #expect(whole == PlayoutPoint(rtpTimestamp: second, time: .milliseconds(60)) && half == whole)
        #expect(later == PlayoutPoint(rtpTimestamp: second + 960, time: .milliseconds(85)))
    }

    @Test("while a packet is missing it is not known when the next one is heard")
    func noPlayoutPointInGap() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = pull(&buffer, at: 20)
        let playing = buffer.playoutPoint
        _ = pull(&buffer, at: 40)
        let missing = buffer.playoutPoint
        #expect(playing?.time == .milliseconds(40) && missing == nil)
    }

    @Test("packets come out in order across the wrap of sequence numbers and media time, duplicates dropped")
    func reorders() {
        var buffer = AudioJitterBuffer()
        for (index, time) in [(1, 20), (0, 21), (3, 60), (2, 61), (3, 62), (4, 80)] as [(Int, Int64)] {
            insert(&buffer, index, at: time)
        }
        let pulled = (0..<5).map { pull(&buffer, at: Int64(50 + $0 * 20)) }
        #expect(pulled == (0..<5).map(packet))
        let duplicates = buffer.statistics.drops[.duplicate]
        #expect(duplicates == 1)
    }

    @Test("a lost packet is recovered from the copy in the next one, else concealed, and counted as what it was")
    func lossWithAndWithoutFEC() {
        var buffer = AudioJitterBuffer()
        for (index, hasFEC) in [(0, true), (2, true), (4, false)] {
            insert(&buffer, index, at: Int64(index) * 20, hasFEC: hasFEC)
        }
        let pulled = [100, 120, 140, 160, 170, 180].map { pull(&buffer, at: $0) }
        #expect(pulled[0] == packet(0))
        #expect(pulled[1] == Answer(source: .fec, index: 2, samples: 960))
        #expect(pulled[2] == packet(2))
        #expect(pulled[3...4] == [concealed, concealed])
        #expect(pulled[5] == packet(4))
        let statistics = buffer.statistics
        #expect(statistics.fecSamples == 960 && statistics.concealedSamples == 960)
        #expect(statistics.concealmentEvents == 1 && statistics.fecPacketsReceived == 2)
        insert(&buffer, 3, at: 170)
        let late = buffer.statistics
        #expect(late.drops[.late] == 1 && late.packetsDiscarded == 1)
    }

    @Test("of a copy that comes when half of its time is filled, the other half is used")
    func halfACopy() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = pull(&buffer, at: 40)
        let made = pull(&buffer, at: 60)
        insert(&buffer, 2, at: 65, hasFEC: true)
        let half = pull(&buffer, at: 70)
        let whole = pull(&buffer, at: 80)
        #expect(made == concealed)
        #expect(half == Answer(source: .fec, index: 2, samples: 960, skipped: 480))
        #expect(whole == packet(2))
        let statistics = buffer.statistics
        #expect(statistics.fecSamples == 480 && statistics.concealedSamples == 480)
    }

    @Test("when nothing is there 10 ms are made up, and a packet that was only late is still played")
    func underrun() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = pull(&buffer, at: 40)
        let made = pull(&buffer, at: 60)
        insert(&buffer, 1, at: 65)
        let played = pull(&buffer, at: 70)
        #expect(made == concealed)
        #expect(played.source == .packet && played.index == 1)
    }

    @Test("what was made up for a lost packet is not made up twice")
    func underrunThenLoss() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = pull(&buffer, at: 40)
        let first = pull(&buffer, at: 60)
        insert(&buffer, 2, at: 61)
        let second = pull(&buffer, at: 70)
        let third = pull(&buffer, at: 80)
        #expect(first == concealed && second == concealed)
        #expect(third == packet(2))
    }

    @Test("RFC 7587 section 3.1.3: a pause of the sender is comfort noise, not concealment")
    func discontinuousTransmission() {
        var configuration = AudioJitterBuffer.Configuration()
        configuration.startDelay = .milliseconds(20)
        var buffer = AudioJitterBuffer(configuration)
        insert(&buffer, 0, at: 0)
        insert(&buffer, 1, at: 20, isDTX: true)
        let pulled = [40, 60, 80, 90, 300].map { pull(&buffer, at: $0) }
        #expect(pulled[0] == packet(0) && pulled[1] == packet(1))
        #expect(pulled[2...].allSatisfy { $0 == comfortNoise })
        // The sequence goes on, media time jumped by the pause of 400 ms.
        insert(&buffer, 2, at: 440, gap: 19_200)
        var resumed: Int64?
        for time in stride(from: Int64(440), to: 500, by: 10) where resumed == nil {
            if pull(&buffer, at: time) == packet(2) { resumed = time }
        }
        #expect(resumed == 460)
        let concealed = buffer.statistics.concealedSamples
        #expect(concealed == 0)
    }

    @Test("after a second without anything the rest is silence, and counted as such")
    func outage() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = pull(&buffer, at: 40)
        let pulled = (0..<150).map { pull(&buffer, at: 60 + 10 * $0) }
        #expect(pulled[..<100].allSatisfy { $0 == concealed } && pulled[100...].allSatisfy { $0 == silence })
        let statistics = buffer.statistics
        #expect(statistics.concealedSamples == 150 * 480 && statistics.silentConcealedSamples == 50 * 480)
        #expect(statistics.concealmentEvents == 1)
    }

    @Test("what the player says it put in and left out is what the statistics say")
    func stretchCounters() {
        var buffer = AudioJitterBuffer()
        var payload: [UInt8] = []
        insert(&buffer, 0, at: 0)
        _ = buffer.pull(at: .milliseconds(40), PlayoutReport(samplesAhead: 480, inserted: 300), payload: &payload)
        _ = buffer.pull(at: .milliseconds(50), PlayoutReport(samplesAhead: 480, removed: 211), payload: &payload)
        let statistics = buffer.statistics
        #expect(statistics.insertedSamplesForDeceleration == 300 && statistics.removedSamplesForAcceleration == 211)
    }

    @Test("empty, oversized and impossible packets are dropped under their reason")
    func faults() {
        var buffer = AudioJitterBuffer()
        let none: [UInt8] = []
        let huge = [UInt8](repeating: 1, count: 1501)
        var packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(1), timestamp: RTPTimestamp(0), samples: 960)
        buffer.insert(packet, payload: none.span, arrival: .zero)
        buffer.insert(packet, payload: huge.span, arrival: .zero)
        packet.samples = 0
        buffer.insert(packet, payload: [UInt8(1)].span, arrival: .zero)
        packet.samples = 5761
        buffer.insert(packet, payload: [UInt8(1)].span, arrival: .zero)
        let drops = buffer.statistics.drops
        let held = buffer.heldPackets
        #expect(drops[.malformed] == 3 && drops[.oversized] == 1 && held == 0)
    }

    @Test("a stream that starts again elsewhere is followed from its second packet on")
    func restarts() {
        var buffer = AudioJitterBuffer()
        for index in 0..<3 { insert(&buffer, index, at: Int64(index) * 20) }
        _ = pull(&buffer, at: 60)
        for index in 20_000..<20_003 { insert(&buffer, index, at: Int64(80 + (index - 20_000) * 20)) }
        let pulled = (0..<8).map { pull(&buffer, at: Int64(100 + $0 * 20)) }
        #expect(pulled.contains(packet(20_001)) && pulled.contains(packet(20_002)))
        let statistics = buffer.statistics
        #expect(statistics.drops[.jump] == 1 && statistics.drops[.skipped] == 2)
    }

    @Test("an RTP packet's own table of contents tells its length")
    func fromRTP() throws {
        var bytes: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 111), sequenceNumber: SequenceNumber(9),
            timestamp: RTPTimestamp(960), ssrc: SSRC(1), to: &bytes)
        bytes += [0x78, 1, 2, 3]
        let header = try RTPHeader(parsing: bytes.span)
        var buffer = AudioJitterBuffer()
        buffer.insert(header, payload: bytes.span.extracting(header.payloadRange), arrival: .zero)
        var payload: [UInt8] = []
        let pulled = buffer.pull(at: .milliseconds(60), payload: &payload)
        #expect(pulled.source == .packet && pulled.samples == 960 && payload == [0x78, 1, 2, 3])
    }
}
