import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Pacer")
struct PacerTests {
    private func enqueue(_ pacer: inout Pacer, _ kind: PacedKind, _ number: Int, bytes: Int = 1000, at now: Timestamp)
        -> Bool
    {
        var packet = [UInt8](repeating: 0, count: bytes)
        packet.replace(uint16: UInt16(number), at: 0)
        return pacer.enqueue(kind, packet.span, tag: PacketTag(sequenceNumber: SequenceNumber(UInt16(number))), at: now)
    }

    private func drain(_ pacer: inout Pacer, at now: Timestamp) -> [PacedPacket] {
        var (sent, buffer): ([PacedPacket], [UInt8]) = ([], [])
        while let packet = pacer.next(at: now, into: &buffer) {
            #expect(buffer.count == packet.bytes && buffer.span.uint16(at: 0) == packet.tag.sequenceNumber.rawValue)
            sent.append(packet)
        }
        return sent
    }

    @Test("retransmissions leave before video, both in order")
    func priorities() {
        var pacer = Pacer(target: .kilobits(100_000))
        for (number, kind) in [(1, PacedKind.video), (2, .retransmission), (3, .retransmission), (4, .video)] {
            _ = enqueue(&pacer, kind, number, at: .zero)
        }
        let sent = drain(&pacer, at: .zero)
        #expect(sent.map(\.tag.sequenceNumber.rawValue) == [2, 3, 1, 4])
        let deadline = pacer.deadline
        #expect(deadline == nil)
    }

    @Test("headers that are added later count in the rate")
    func headersCount() {
        func seconds(headers: Int) -> Double {
            var configuration = Pacer.Configuration()
            configuration.headers = headers
            var pacer = Pacer(target: .kilobits(500), configuration)
            for number in 0..<50 { _ = enqueue(&pacer, .video, number, bytes: 400, at: .zero) }
            var (now, left) = (Timestamp.zero, 50)
            while left > 0 {
                left -= drain(&pacer, at: now).count
                now += .milliseconds(1)
            }
            return now.inMilliseconds / 1000
        }
        // 160 kbit at 550 kbit/s, and a quarter more.
        #expect((0.27...0.30).contains(seconds(headers: 0)))
        #expect((0.34...0.37).contains(seconds(headers: 100)))
    }

    @Test("sound takes its part of the rate, but never more than a tenth of a second of it ahead")
    func audioCounts() {
        func seconds(sound: Bool, target: Bitrate) -> Double {
            var pacer = Pacer(target: target)
            for number in 0..<50 { _ = enqueue(&pacer, .video, number, at: .zero) }
            var (now, left) = (Timestamp.zero, 50)
            while left > 0 {
                if sound, now.inMilliseconds.truncatingRemainder(dividingBy: 20) == 0 {
                    pacer.passed(sound: 100, at: now)
                }
                left -= drain(&pacer, at: now).count
                now += .milliseconds(1)
            }
            return now.inMilliseconds / 1000
        }
        // 400 kbit at 550 kbit/s, and at what 40 kbit/s of sound leave of that.
        #expect((0.69...0.73).contains(seconds(sound: false, target: .kilobits(500))))
        #expect((0.75...0.79).contains(seconds(sound: true, target: .kilobits(500))))
        // Sound fills the line by itself; pictures of an instant in which it was faster are let go.
        var pacer = Pacer(target: .kilobits(20))
        for step in 0..<100 {
            pacer.passed(sound: 100, at: .milliseconds(Int64(step) * 20))
        }
        _ = enqueue(&pacer, .video, 1, at: .seconds(2))
        #expect(pacer.deadline.map { $0 <= .milliseconds(2_100) } == true)
    }

    @Test("a key frame is spread at the factor times the target, in short bursts")
    func spreads() {
        var pacer = Pacer(target: .kilobits(1000))
        for number in 0..<60 { _ = enqueue(&pacer, .video, number, at: .zero) }
        var (sent, now, mostAtOnce, wakeups): (Int, Timestamp, Int, Int) = (0, .zero, 0, 0)
        var half: Timestamp = .zero
        while let deadline = pacer.deadline {
            #expect(deadline >= now || wakeups == 0)
            now = max(now, deadline)
            let packets = drain(&pacer, at: now)
            #expect(!packets.isEmpty)
            sent += packets.count
            if sent >= 30, half == .zero { half = now }
            mostAtOnce = max(mostAtOnce, packets.count)
            wakeups += 1
        }
        // 60 kB at 1.1 Mbit/s take 436 ms, of which the burst takes off up to 12 and the last packet its own 7.
        #expect(sent == 60)
        #expect((405.0...436).contains(now.inMilliseconds))
        #expect((190.0...220).contains(half.inMilliseconds))
        #expect(mostAtOnce <= 3)
        #expect(wakeups <= 30)
    }

    @Test("a queue that would take longer than its limit is sent faster")
    func drainsWithinLimit() {
        var configuration = Pacer.Configuration()
        configuration.maximumQueueTime = .seconds(1)
        configuration.haste = 100
        var pacer = Pacer(target: .kilobits(100), configuration)
        for number in 0..<100 { _ = enqueue(&pacer, .video, number, at: .zero) }
        var now = Timestamp.zero
        while let deadline = pacer.deadline {
            now = max(now, deadline)
            _ = drain(&pacer, at: now)
        }
        let counters = pacer.counters
        #expect(now <= .milliseconds(1000) && now >= .milliseconds(800))
        #expect(counters.packetsSent == 100 && counters.drops.total == 0)
    }

    @Test("however much waits, the rate rises by a fifth at most")
    func hasteIsBounded() {
        var pacer = Pacer(target: .kilobits(100))
        for number in 0..<200 { _ = enqueue(&pacer, .video, number, at: .zero) }
        for milliseconds in 0..<1500 as Range<Int64> { _ = drain(&pacer, at: .milliseconds(milliseconds)) }
        let sent = Double(pacer.counters.bytesSent * 8) / 1.5
        #expect(sent > 100_000 && sent < 140_000, "\(sent)")
    }

    @Test("what stood too long is dropped together, counted, and needs a key frame once")
    func expires() {
        var pacer = Pacer(target: .kilobits(100))
        for number in 0..<10 { _ = enqueue(&pacer, .video, number, at: .zero) }
        _ = enqueue(&pacer, .retransmission, 50, at: .zero)
        let sent = drain(&pacer, at: .milliseconds(2001))
        let needs = [pacer.takeKeyFrameNeed(), pacer.takeKeyFrameNeed()]
        let counters = pacer.counters
        let left = pacer.queuedPackets
        #expect(sent.isEmpty && left == 0 && needs == [true, false])
        #expect(counters.drops[.expired] == 11 && counters.queueTooLong == 2)
    }

    @Test("a full queue refuses and counts; oversized packets too")
    func overflow() {
        var configuration = Pacer.Configuration()
        configuration.videoSlots = 8
        var pacer = Pacer(target: .kilobits(100), configuration)
        let taken = (0..<10).map { enqueue(&pacer, .video, $0, at: .zero) }
        #expect(taken == Array(repeating: true, count: 8) + [false, false])
        let large = enqueue(&pacer, .retransmission, 1, bytes: 1501, at: .zero)
        let drops = pacer.counters.drops
        let queued = pacer.queuedBytes
        #expect(!large && drops[.overflow] == 2 && drops[.oversized] == 1 && queued == 8000)
    }

    @Test("the long-run rate is the factor times the target and nothing is lost or doubled", arguments: 1...10)
    func randomLoad(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var configuration = Pacer.Configuration()
        configuration.maximumQueueTime = .seconds(100)
        var pacer = Pacer(target: .kilobits(2000), configuration)
        var (number, bytes, sent): (Int, Int, [UInt16]) = (0, 0, [])
        for millisecond in Int64(0)..<3000 {
            let now = Timestamp.milliseconds(millisecond)
            let queued = pacer.queuedPackets
            if queued < 500 {
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    let size = Int.random(in: 100...1200, using: &generator)
                    if enqueue(&pacer, .video, number, bytes: size, at: now) { number += 1 }
                }
            }
            for packet in drain(&pacer, at: now) {
                bytes += packet.bytes
                sent.append(packet.tag.sequenceNumber.rawValue)
            }
        }
        let rate = Double(bytes * 8) / 3
        #expect(rate <= 2_200_000 * 1.01 && rate >= 2_000_000, "seed \(seed)")
        #expect(sent == (0..<sent.count).map { UInt16($0) }, "seed \(seed)")
        let left = pacer.queuedPackets
        #expect(sent.count + left == number, "seed \(seed)")
    }

    @Test("a tag keeps where the stamps go, counted from the packet's start")
    func tagLayout() {
        let layout = RTPHeaderLayout(
            start: 100, transportSequenceOffset: 117, absoluteSendTimeOffset: nil, payloadStart: 124)
        let tag = PacketTag(sequenceNumber: SequenceNumber(1), layout: layout)
        #expect(
            tag.layout
                == RTPHeaderLayout(start: 0, transportSequenceOffset: 17, absoluteSendTimeOffset: nil, payloadStart: 24)
        )
    }
}
