import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

/// Whatever a peer with valid keys sends, nothing traps, nothing grows, and every packet is counted once.
@Suite("Hostile input")
struct HostileInputTests {
    /// Mostly neighbours, sometimes anything: the numbers that upset unwrapping.
    private func wander(_ value: UInt16, _ generator: inout SeededGenerator) -> UInt16 {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: .random(in: 0...(.max), using: &generator)
        case 1: value &+ 0x7FFF
        case 2: value &+ 0x8000
        case 3: value &- 300
        default: value &+ UInt16.random(in: 0...3, using: &generator)
        }
    }

    @Test("video of random numbers, times, descriptors and bytes", arguments: 1...30)
    func video(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var configuration = VideoFrameBuffer.Configuration()
        configuration.slots = 64
        configuration.slotBytes = 64
        var buffer = VideoFrameBuffer(configuration)
        var (sequence, timestamp, now, unbalanced, most): (UInt16, UInt32, Int64, Int, Int) = (0, 0, 0, 0, 0)
        var frames: [AssembledFrame] = []
        for _ in 0..<4000 {
            sequence = wander(sequence, &generator)
            if generator.chance(0.3) {
                timestamp = generator.chance(0.1) ? .random(in: 0...(.max), using: &generator) : timestamp &+ 3000
            }
            now += Int64.random(in: -5...60, using: &generator)
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...(.max), using: &generator)
            }
            let descriptor =
                (try? VP8PayloadDescriptor(parsing: bytes.span)) ?? VP8PayloadDescriptor(startOfPartition: true)
            let start = min(descriptor.headerLength, bytes.count)
            buffer.insert(
                sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp), marker: generator.chance(0.4),
                descriptor: descriptor, payload: bytes.span.extracting(start..<bytes.count),
                arrival: .milliseconds(now),
                isRetransmission: generator.chance(0.1), into: &frames)
            if generator.chance(0.1) {
                buffer.insertPadding(SequenceNumber(sequence &+ 1), arrival: .milliseconds(now), into: &frames)
            }
            if generator.chance(0.1) { buffer.handleTimeout(at: .milliseconds(now), into: &frames) }
            if generator.chance(0.01) { buffer.requireKeyFrame() }
            most = max(most, buffer.heldPackets)
            if !buffer.isBalanced { unbalanced += 1 }
        }
        #expect(unbalanced == 0 && most <= 64, "seed \(seed)")
    }

    @Test("well-formed key frames at random places come out, none twice", arguments: 1...10)
    func keyFrames(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var buffer = VideoFrameBuffer()
        var video = SyntheticVideo()
        var released: [Int] = []
        for step in Int64(0)..<500 {
            if generator.chance(0.1) { video.sequence += Int.random(in: 5000...60_000, using: &generator) }
            let packets = video.makeFrame(isKeyFrame: true, packets: 2)
            for packet in packets + packets { released += buffer.insert(packet, at: .milliseconds(step * 33)).numbers }
            released += buffer.timeout(at: .milliseconds(step * 33 + 30)).numbers
        }
        #expect(Set(released).count == released.count, "seed \(seed)")
        #expect(released.count > 250, "seed \(seed)")
        let balanced = buffer.isBalanced
        #expect(balanced)
    }

    @Test("sound of random numbers, lengths and times", arguments: 1...30)
    func audio(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var configuration = AudioJitterBuffer.Configuration()
        configuration.slots = 64
        var buffer = AudioJitterBuffer(configuration)
        var taken: [UInt8] = []
        var (sequence, timestamp, now, wrong, most): (UInt16, UInt32, Int64, Int, Int) = (0, 0, 0, 0, 0)
        for _ in 0..<4000 {
            sequence = wander(sequence, &generator)
            timestamp = generator.chance(0.05) ? .random(in: 0...(.max), using: &generator) : timestamp &+ 960
            now += Int64.random(in: -5...45, using: &generator)
            let payload = [UInt8](repeating: 1, count: Int.random(in: 0...3, using: &generator))
            buffer.insert(
                AudioJitterBuffer.Packet(
                    sequenceNumber: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp),
                    samples: generator.chance(0.9) ? 960 : .random(in: -1...6000, using: &generator),
                    hasFEC: generator.chance(0.5), isDTX: generator.chance(0.1),
                    level: .random(in: 0...127, using: &generator)),
                payload: payload.span, arrival: .milliseconds(now))
            for _ in 0..<2 {
                let pulled = buffer.pull(
                    at: .milliseconds(now), PlayoutReport(samplesAhead: .random(in: -9...999, using: &generator)),
                    payload: &taken)
                let isLong = !(0...5760).contains(pulled.samples) || pulled.skipped >= max(pulled.samples, 1)
                if isLong || pulled.source != .nothing && pulled.samples == 0 { wrong += 1 }
            }
            most = max(most, buffer.heldPackets)
        }
        let s = buffer.statistics
        let held = UInt64(buffer.heldPackets)
        #expect(wrong == 0 && most <= 64, "seed \(seed)")
        #expect(s.packetsReceived == s.packetsDecoded + s.drops.total + held, "seed \(seed)")
    }

    @Test("statistics, NACK and feedback of random numbers and times", arguments: 1...8)
    func numbers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var statistics = ReceiveStatistics(ssrc: SSRC(1), clockRate: 90_000)
        var tracker = NACKTracker()
        var recorder = TransportFeedbackRecorder()
        var estimator = RoundTripEstimator()
        var (sequence, now): (UInt16, Int64) = (0, 0)
        var (mostMissing, mostStatuses) = (0, 0)
        for _ in 0..<4000 {
            sequence = wander(sequence, &generator)
            now += Int64.random(in: -5...100, using: &generator)
            let time = Timestamp.milliseconds(now)
            var bytes: [UInt8] = []
            _ = RTPPacketBuilder.append(
                marker: false, payloadType: PayloadType(masking: 96), sequenceNumber: SequenceNumber(sequence),
                timestamp: RTPTimestamp(.random(in: 0...(.max), using: &generator)), ssrc: SSRC(1), to: &bytes)
            statistics.receive(try RTPHeader(parsing: bytes.span), packetBytes: bytes.count, arrival: time)
            _ = statistics.makeReportBlock(at: time)
            tracker.receive(SequenceNumber(sequence), isRetransmission: generator.chance(0.2), at: time)
            if generator.chance(0.05) { tracker.forget(before: SequenceNumber(wander(sequence, &generator))) }
            _ = tracker.poll(at: time)
            recorder.receive(SequenceNumber(sequence), arrival: time)
            for message in recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: time) {
                mostStatuses = max(mostStatuses, message.arrivals.count)
            }
            estimator.receive(
                lastSenderReport: .random(in: 0...(.max), using: &generator),
                delaySinceLastSenderReport: .random(in: 0...(.max), using: &generator),
                now: NTPTime(rawValue: .random(in: 0...(.max), using: &generator)))
            mostMissing = max(mostMissing, tracker.missingCount)
        }
        #expect(mostMissing <= 500 && mostStatuses <= 4096 + 380, "seed \(seed)")
        #expect(statistics.counters.packetsReceived + statistics.counters.jumps == 4000, "seed \(seed)")
        #expect(estimator.latest.map { $0 < .seconds(60) } ?? true)
    }
}
