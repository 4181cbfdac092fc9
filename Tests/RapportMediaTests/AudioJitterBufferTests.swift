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

    private func packet(_ index: Int) -> AudioPull { .packet([UInt8(truncatingIfNeeded: index), 7], samples: 960) }

    @Test("before the first packet, and until the start delay is over, there is silence that is not counted")
    func startsSilent() {
        var buffer = AudioJitterBuffer()
        let before = buffer.pull(at: .zero)
        #expect(before == .silence(samples: 480))
        insert(&buffer, 0, at: 5)
        let waiting = buffer.pull(at: .milliseconds(10))
        #expect(waiting == .silence(samples: 480))
        let first = buffer.pull(at: .milliseconds(50))
        #expect(first == packet(0))
        let statistics = buffer.statistics
        #expect(statistics.concealedSamples == 0 && statistics.totalSamplesReceived == 960)
        #expect(statistics.jitterBufferDelay == .milliseconds(45) * 960)
    }

    @Test("packets come out in order across the wrap of sequence numbers and media time, duplicates dropped")
    func reorders() {
        var buffer = AudioJitterBuffer()
        for (index, time) in [(1, 20), (0, 21), (3, 60), (2, 61), (3, 62), (4, 80)] as [(Int, Int64)] {
            insert(&buffer, index, at: time)
        }
        let pulled = (0..<5).map { buffer.pull(at: .milliseconds(Int64(50 + $0 * 20))) }
        #expect(pulled == (0..<5).map(packet))
        let duplicates = buffer.statistics.drops[.duplicate]
        #expect(duplicates == 1)
    }

    @Test("a lost packet is recovered from the copy in the next one, else concealed, and counted as what it was")
    func lossWithAndWithoutFEC() {
        var buffer = AudioJitterBuffer()
        var pulled: [AudioPull] = []
        for step in Int64(0)..<9 {
            if step == 0 || step == 2 { insert(&buffer, Int(step), at: step * 20, hasFEC: true) }
            if step == 4 { insert(&buffer, 4, at: 80) }
            if (2..<7).contains(step) { pulled.append(buffer.pull(at: .milliseconds(step * 20))) }
        }
        #expect(pulled[0] == packet(0))
        #expect(pulled[1] == .fec([2, 7], samples: 960))
        #expect(pulled[2] == packet(2))
        #expect(pulled[3] == .conceal(samples: 960))
        #expect(pulled[4] == packet(4))
        let statistics = buffer.statistics
        #expect(statistics.fecSamples == 960 && statistics.concealedSamples == 960)
        #expect(statistics.concealmentEvents == 1 && statistics.fecPacketsReceived == 2)
        insert(&buffer, 3, at: 170)
        let late = buffer.statistics
        #expect(late.drops[.late] == 1 && late.packetsDiscarded == 1)
    }

    @Test("when nothing is there 10 ms are made up, and a packet that was only late is still played")
    func underrun() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = buffer.pull(at: .milliseconds(40))
        let made = buffer.pull(at: .milliseconds(60))
        insert(&buffer, 1, at: 65)
        let played = buffer.pull(at: .milliseconds(70))
        #expect(made == .conceal(samples: 480))
        #expect(played == packet(1))
    }

    @Test("what was made up for a lost packet is not made up twice")
    func underrunThenLoss() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        _ = buffer.pull(at: .milliseconds(40))
        let first = buffer.pull(at: .milliseconds(60))
        insert(&buffer, 2, at: 61)
        let second = buffer.pull(at: .milliseconds(70))
        let third = buffer.pull(at: .milliseconds(80))
        #expect(first == .conceal(samples: 480) && second == .conceal(samples: 480))
        #expect(third == packet(2))
    }

    @Test("RFC 7587 section 3.1.3: a pause of the sender is comfort noise, not concealment")
    func discontinuousTransmission() {
        var buffer = AudioJitterBuffer()
        insert(&buffer, 0, at: 0)
        insert(&buffer, 1, at: 20, isDTX: true)
        let pulled = [40, 60, 80, 90, 300].map { buffer.pull(at: .milliseconds($0)) }
        #expect(pulled[0] == packet(0) && pulled[1] == packet(1))
        #expect(pulled[2...].allSatisfy { $0 == .comfortNoise(samples: 480) })
        // The sequence goes on, media time jumped by the pause of 400 ms.
        insert(&buffer, 2, at: 440, gap: 19_200)
        var resumed: Int64?
        for time in stride(from: Int64(440), to: 500, by: 10) where resumed == nil {
            if buffer.pull(at: .milliseconds(time)) == packet(2) { resumed = time }
        }
        #expect(resumed == 460)
        let concealed = buffer.statistics.concealedSamples
        #expect(concealed == 0)
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
        _ = buffer.pull(at: .milliseconds(60))
        for index in 20_000..<20_003 { insert(&buffer, index, at: Int64(80 + (index - 20_000) * 20)) }
        let pulled = (0..<8).map { buffer.pull(at: .milliseconds(Int64(100 + $0 * 20))) }
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
        let pulled = buffer.pull(at: .milliseconds(60))
        #expect(pulled == .packet([0x78, 1, 2, 3], samples: 960))
    }

    @Test("a quiet stream sheds surplus delay faster than speech")
    func shrinksInQuiet() {
        let trace = ArrivalTrace.make(500) { index, _ in index < 150 ? 120 : 0 }
        let speech = TracePlayer().play(trace)
        var quiet = TracePlayer()
        quiet.level = { _ in 90 }
        let calm = quiet.play(trace)
        let after: (TracePlayer.Result) -> Double = { result in
            let late = result.delayAt.filter { (4500..<5500).contains($0.time) }
            return late.map(\.delay).reduce(0, +) / Double(late.count)
        }
        #expect(after(calm) < after(speech))
        #expect(after(calm) < 50)
        #expect(calm.statistics.removedSamplesForAcceleration > 0)
    }
}
