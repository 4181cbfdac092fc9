import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Pacer with data")
struct PacerDataTests {
    /// What waits all the time, and what left.
    private struct Load {
        var pictures = 0
        var repetitions = 0
        var urgent = 0
        var bulk = 0
    }

    private struct Outcome {
        var bytes: [PacedKind: Int] = [:]
        var waits: [PacedKind: Duration] = [:]
        var end = Timestamp.zero

        subscript(kind: PacedKind) -> Int { bytes[kind] ?? 0 }
        /// Bits per second on the wire.
        func rate(_ kind: PacedKind, over seconds: Double) -> Double { Double(self[kind]) * 8 / seconds }
    }

    /// Bytes of each picture packet; more than a tenth of a second of 100 kbit/s.
    private static let packet = 1100
    private static let tag = PacketTag(sequenceNumber: SequenceNumber(0))

    /// Runs `pacer` at its own deadlines and each millisecond, keeping `load` bytes of each kind waiting, and sends a
    /// message of 200 bytes each second if `chats`.
    private func run(_ pacer: inout Pacer, for time: Duration, _ load: Load, chats: Bool = false) -> Outcome {
        var (now, outcome, buffer) = (Timestamp.zero, Outcome(), [UInt8]())
        var nextChat = Timestamp.milliseconds(503)
        var nextTick = Timestamp.zero
        let end = Timestamp.zero + time
        while now <= end {
            if nextTick <= now {
                fill(&pacer, load, at: now)
                nextTick = now + .milliseconds(1)
            }
            if chats, nextChat <= now {
                _ = offer(&pacer, 200, .urgent, at: now)
                nextChat = nextChat + .seconds(1)
            }
            while let sent = pacer.next(at: now, into: &buffer) {
                outcome.bytes[sent.kind, default: 0] += pacer.wireBytes(sent)
                outcome.waits[sent.kind] = max(outcome.waits[sent.kind] ?? .zero, now - sent.queuedAt)
            }
            let due = min(pacer.deadline ?? nextTick, nextTick)
            now = max(chats ? min(due, nextChat) : due, Timestamp(nanoseconds: now.nanoseconds + 1))
        }
        outcome.end = now
        return outcome
    }

    private func offer(_ pacer: inout Pacer, _ bytes: Int, _ urgency: DataUrgency, at now: Timestamp) -> Bool {
        pacer.enqueue(data: [UInt8](repeating: 0, count: bytes).span, urgency, at: now)
    }

    private func fill(_ pacer: inout Pacer, _ load: Load, at now: Timestamp) {
        while pacer.queuedBytes < load.pictures + load.repetitions {
            let kind: PacedKind = load.repetitions > 0 && pacer.queuedPackets % 2 == 0 ? .retransmission : .video
            pacer.enqueue(kind, [UInt8](repeating: 0, count: Self.packet).span, tag: Self.tag, at: now)
        }
        while pacer.queuedData(.urgent) < load.urgent {
            guard offer(&pacer, 1000, .urgent, at: now) else { break }
        }
        while pacer.queuedData(.bulk) < load.bulk {
            guard offer(&pacer, Self.packet, .bulk, at: now) else { break }
        }
    }

    @Test("urgent data, the share of bulk, retransmissions, pictures, the rest of bulk")
    func order() {
        var pacer = Pacer(target: .kilobits(100_000))
        for kind in [PacedKind.bulkData, .bulkData, .video, .retransmission, .urgentData] {
            let taken = pacer.enqueue(kind, [UInt8](repeating: 0, count: 500).span, tag: Self.tag, at: .zero)
            #expect(taken)
        }
        var (kinds, buffer): ([PacedKind], [UInt8]) = ([], [])
        while let sent = pacer.next(at: .zero, into: &buffer) { kinds.append(sent.kind) }
        #expect(kinds == [.urgentData, .bulkData, .retransmission, .video])
        // The rest has to wait for a moment that nobody uses: 2500 bytes at 100 Mbit/s.
        let due = pacer.deadline ?? .zero
        #expect(due > .zero && due < .milliseconds(1))
        let last = pacer.next(at: due, into: &buffer)
        #expect(last?.kind == .bulkData)
    }

    @Test("bulk gets a twentieth beside pictures that never end, and pictures the rest", arguments: [100, 600, 2000])
    func bulkShare(kilobits: Int) {
        var pacer = Pacer(target: .kilobits(kilobits))
        let outcome = run(&pacer, for: .seconds(20), Load(pictures: 4000, repetitions: 4000, bulk: 16_000))
        let pacing = Double(kilobits) * 1100
        let bulk = outcome.rate(.bulkData, over: 20)
        let media = outcome.rate(.video, over: 20) + outcome.rate(.retransmission, over: 20)
        #expect((0.045...0.055).contains(bulk / pacing), "\(bulk)")
        #expect(media / pacing > 0.94, "\(media)")
    }

    @Test("a message of chat waits for one packet and half a burst, however full the line", arguments: [30, 100, 600])
    func urgentBound(kilobits: Int) {
        var pacer = Pacer(target: .kilobits(kilobits))
        let load = Load(pictures: 6000, repetitions: 6000, bulk: 16_000)
        let outcome = run(&pacer, for: .seconds(20), load, chats: true)
        let pacing = Bitrate.kilobits(kilobits) * 1.1
        let bound = pacing.duration(ofBytes: Self.packet + 65) + .milliseconds(10)
        let messages = pacer.counters[.urgent].messages
        #expect(messages == 20)
        #expect(outcome.waits[.urgentData] ?? .seconds(9) <= bound, "\(outcome.waits) \(bound)")
    }

    @Test("a flood of urgent data takes its guarantee from pictures and no more", arguments: [300, 600, 2000])
    func flood(kilobits: Int) {
        var pacer = Pacer(target: .kilobits(kilobits))
        let load = Load(pictures: 8000, urgent: 16_000, bulk: 16_000)
        let outcome = run(&pacer, for: .seconds(20), load)
        let pacing = Double(kilobits) * 1100
        let urgent = outcome.rate(.urgentData, over: 20) / pacing
        #expect((0.045...0.056).contains(urgent), "\(urgent)")
        #expect(outcome.rate(.bulkData, over: 20) / pacing > 0.045)
        #expect(outcome.rate(.video, over: 20) / pacing > 0.89)
    }

    @Test("alone, data fills the target rate with all its headers, and bulk keeps its share beside a flood")
    func fills() {
        var pacer = Pacer(target: .kilobits(600))
        let alone = run(&pacer, for: .seconds(20), Load(bulk: 16_000))
        #expect((0.98...1.01).contains(alone.rate(.bulkData, over: 20) / 600_000))
        var other = Pacer(target: .kilobits(600))
        let both = run(&other, for: .seconds(20), Load(urgent: 16_000, bulk: 16_000))
        let (urgent, bulk) = (both.rate(.urgentData, over: 20), both.rate(.bulkData, over: 20))
        #expect((0.98...1.01).contains((urgent + bulk) / 600_000) && bulk > 0.045 * 660_000, "\(urgent) \(bulk)")
    }

    @Test("sound that passes by, padding and pictures below the rate leave less for bulk, not more than the rate")
    func leftover() {
        var configuration = Pacer.Configuration()
        configuration.headers = 44
        var pacer = Pacer(target: .kilobits(600), configuration)
        var (now, buffer, bulk, pictures) = (Timestamp.zero, [UInt8](), 0, 0)
        for millisecond in 0..<20_000 as Range<Int64> {
            now = .milliseconds(millisecond)
            if millisecond % 20 == 0 { pacer.passed(sound: 150, at: now) }
            if millisecond % 33 == 0 {
                pacer.enqueue(.video, [UInt8](repeating: 0, count: 1000).span, tag: Self.tag, at: now)
            }
            fill(&pacer, Load(bulk: 16_000), at: now)
            while let sent = pacer.next(at: now, into: &buffer) {
                if sent.kind == .video { pictures += pacer.wireBytes(sent) } else { bulk += pacer.wireBytes(sent) }
            }
        }
        let (ofPictures, ofBulk) = (Double(pictures) * 8 / 20, Double(bulk) * 8 / 20)
        #expect((0.98...1.01).contains((ofPictures + ofBulk + 60_000) / 600_000), "\(ofPictures) \(ofBulk)")
        #expect((250_000...260_000).contains(ofPictures))
    }

    @Test("a full queue refuses, counts and says how much room there is; room comes back as messages leave")
    func backPressure() {
        var pacer = Pacer(target: .kilobits(600))
        for urgency in DataUrgency.allCases {
            let before = pacer.dataRoom(urgency)
            var taken = 0
            while offer(&pacer, 1200, urgency, at: .zero) { taken += 1 }
            let (refused, room) = (pacer.counters[urgency].refused, pacer.dataRoom(urgency))
            let left: Int = 16_384 - 15_600
            #expect(before == 1500 && taken == 13)
            #expect(refused == 1 && room == left)
            let fits = offer(&pacer, room, urgency, at: .zero)
            let after = pacer.dataRoom(urgency)
            #expect(fits && after == 0)
        }
        var buffer: [UInt8] = []
        while pacer.next(at: .zero, into: &buffer) != nil {}
        let rooms = [pacer.dataRoom(.urgent), pacer.dataRoom(.bulk)]
        // One packet of urgent data fills a burst at this rate.
        #expect(rooms == [1200, 0])
        for second in 1..<20 as Range<Int64> {
            while pacer.next(at: .seconds(second), into: &buffer) != nil {}
        }
        let later = [pacer.dataRoom(.urgent), pacer.dataRoom(.bulk)]
        #expect(later == [1500, 1500])
        let isLarge = offer(&pacer, 1501, .urgent, at: .zero)
        let drops = pacer.counters.drops.total
        #expect(!isLarge && drops == 0)
    }

    @Test("small messages fill the slots before the bytes")
    func slots() {
        var pacer = Pacer(target: .kilobits(600))
        var count = 0
        while offer(&pacer, 1, .bulk, at: .zero) { count += 1 }
        let room = pacer.dataRoom(.bulk)
        #expect(count == 16 && room == 0)
    }

    @Test("while more is under way than the path holds data waits; then it leaves, urgent first")
    func held() {
        var pacer = Pacer(target: .kilobits(600))
        var buffer: [UInt8] = []
        for kind in [PacedKind.bulkData, .video, .urgentData] {
            pacer.enqueue(kind, [UInt8](repeating: 0, count: 400).span, tag: Self.tag, at: .zero)
        }
        pacer.isHeld = true
        let (none, deadline) = (pacer.next(at: .seconds(1), into: &buffer), pacer.deadline)
        #expect(none == nil && deadline == nil)
        pacer.isHeld = false
        let first = pacer.next(at: .seconds(1), into: &buffer)
        #expect(first?.kind == .urgentData)
    }

    @Test("pictures that stood too long are dropped, data never")
    func neverExpires() {
        var pacer = Pacer(target: .kilobits(600))
        var buffer: [UInt8] = []
        for kind in PacedKind.allCases {
            pacer.enqueue(kind, [UInt8](repeating: 0, count: 400).span, tag: Self.tag, at: .zero)
        }
        pacer.isHeld = true
        while pacer.next(at: .seconds(60), into: &buffer) != nil {}
        pacer.isHeld = false
        var kinds: [PacedKind] = []
        for second in 60..<70 as Range<Int64> {
            while let sent = pacer.next(at: .seconds(second), into: &buffer) { kinds.append(sent.kind) }
        }
        #expect(kinds == [.urgentData, .bulkData])
        let counters = pacer.counters
        #expect(counters.drops[.expired] == 2 && counters[.bulk].longestWait >= .seconds(59))
    }

    @Test("data waits while a probe is sent, and is no part of it")
    func probing() {
        var pacer = Pacer(target: .kilobits(600))
        pacer.begin(ProbeRequest(id: 3, rate: .kilobits(1200), duration: .milliseconds(15), packets: 3), at: .zero)
        for urgency in DataUrgency.allCases {
            let taken = offer(&pacer, 400, urgency, at: .zero)
            #expect(taken)
        }
        var (now, buffer, left, padding) = (Timestamp.zero, [UInt8](), [PacedKind](), 0)
        var lastLeft = Timestamp.zero
        while left.count < 2, now < .seconds(1) {
            while let sent = pacer.next(at: now, into: &buffer) {
                let isProbing = pacer.isProbing
                #expect(!isProbing && sent.probe == nil)
                left.append(sent.kind)
                lastLeft = now
            }
            while let need = pacer.paddingNeed(at: now) {
                #expect(need.probe == 3)
                pacer.sentPadding(need.bytes, at: now)
                padding += 1
            }
            now = max(pacer.deadline ?? .seconds(1), now)
        }
        let probes = pacer.counters.probes
        #expect(left == [.urgentData, .bulkData] && padding == 3 && probes == 1)
        #expect(lastLeft > .milliseconds(10) && lastLeft < .milliseconds(100), "\(lastLeft)")
    }

    @Test("padding that keeps a rate gives way to data that waits")
    func instead() {
        var pacer = Pacer(target: .kilobits(600))
        pacer.update(pacing: .kilobits(660), padding: .kilobits(600))
        let taken = offer(&pacer, 1000, .bulk, at: .seconds(1))
        let before = pacer.paddingNeed(at: .seconds(1))
        var buffer: [UInt8] = []
        let sent = pacer.next(at: .seconds(1), into: &buffer)
        let (after, later) = (pacer.paddingNeed(at: .seconds(1)), pacer.paddingNeed(at: .seconds(2)))
        #expect(taken && before == nil && sent?.kind == .bulkData && after == nil && later != nil)
    }

    /// Follows the deadlines up to `end`; the numbers of what left. Deadlines at which nothing leaves are counted.
    private func follow(
        _ pacer: inout Pacer, from start: Timestamp, to end: Timestamp, sent: inout [PacedKind: [UInt16]]
    ) -> Int {
        var (now, buffer, idle) = (start, [UInt8](), 0)
        var due = pacer.deadline ?? .seconds(1 << 20)
        while due <= end, idle < 200 {
            now = max(now, due)
            var left = 0
            while let packet = pacer.next(at: now, into: &buffer) {
                sent[packet.kind, default: []].append(buffer.span.uint16(at: 0))
                left += 1
            }
            idle = left > 0 ? 0 : idle + 1
            due = pacer.deadline ?? .seconds(1 << 20)
        }
        return idle
    }

    private func change(_ pacer: inout Pacer, step: Int, using generator: inout SeededGenerator) {
        if step % 50 == 0 { pacer.update(target: .kilobits(Int.random(in: 20...3000, using: &generator))) }
        if step % 70 == 0 { pacer.isHeld = Bool.random(using: &generator) }
    }

    @Test("nothing is lost, doubled or overtaken within an urgency, and no deadline stands still", arguments: 1...20)
    func randomLoad(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var pacer = Pacer(target: .kilobits(800))
        var (now, idle) = (Timestamp.zero, 0)
        var (sent, numbers) = ([PacedKind: [UInt16]](), [PacedKind: UInt16]())
        for step in 0..<4000 {
            let kind = PacedKind.allCases[Int.random(in: 0..<4, using: &generator)]
            var packet = [UInt8](repeating: 0, count: Int.random(in: 2...1400, using: &generator))
            packet.replace(uint16: numbers[kind] ?? 0, at: 0)
            let isTaken = pacer.enqueue(kind, packet.span, tag: Self.tag, at: now)
            if isTaken { numbers[kind, default: 0] += 1 }
            change(&pacer, step: step, using: &generator)
            let end = now + .microseconds(Int64.random(in: 0...20_000, using: &generator))
            idle = max(idle, follow(&pacer, from: now, to: end, sent: &sent))
            now = end
        }
        #expect(idle < 200, "seed \(seed)")
        for kind in [PacedKind.urgentData, .bulkData] {
            let left = sent[kind] ?? []
            let expected = (0..<left.count).map { UInt16($0) }
            #expect(left == expected && !left.isEmpty, "seed \(seed)")
            #expect(Int(numbers[kind] ?? 0) - left.count <= 64, "seed \(seed)")
        }
    }
}
