import RapportBase
import Testing

@testable import RapportMedia

@Suite("NACKTracker")
struct NACKTrackerTests {
    private func numbers(_ request: NACKRequest) -> [UInt16] { request.lost.map(\.rawValue) }

    @Test("a gap is requested after the reorder wait and again after a round trip and a quarter")
    func requestsAndRepeats() {
        var tracker = NACKTracker()
        tracker.update(roundTrip: .milliseconds(80))
        tracker.receive(SequenceNumber(65_534), at: .zero)
        tracker.receive(SequenceNumber(2), at: .milliseconds(10))
        #expect(tracker.deadline == .milliseconds(12))
        #expect(tracker.poll(at: .milliseconds(11)).lost.isEmpty)
        #expect(numbers(tracker.poll(at: .milliseconds(12))) == [65_535, 0, 1])
        // Each request is said twice: a lost request costs as much as a lost answer.
        #expect(tracker.deadline == .milliseconds(24))
        #expect(numbers(tracker.poll(at: .milliseconds(24))) == [65_535, 0, 1])
        #expect(tracker.deadline == .milliseconds(112))
        tracker.receive(SequenceNumber(0), isRetransmission: true, at: .milliseconds(95))
        #expect(numbers(tracker.poll(at: .milliseconds(112))) == [65_535, 1])
        #expect(tracker.counters.recovered == 1 && tracker.counters.packetsRequested == 5)
        #expect(tracker.counters.echoed == 3)
    }

    @Test("on a short way a request is not said twice, nor when its answer has come")
    func noEcho() {
        var tracker = NACKTracker()
        tracker.update(roundTrip: .milliseconds(20))
        tracker.receive(SequenceNumber(1), at: .zero)
        tracker.receive(SequenceNumber(3), at: .zero)
        #expect(numbers(tracker.poll(at: .milliseconds(2))) == [2])
        #expect(tracker.deadline == .milliseconds(27))
        tracker.update(roundTrip: .milliseconds(60))
        #expect(numbers(tracker.poll(at: .milliseconds(27))) == [2])
        tracker.receive(SequenceNumber(2), isRetransmission: true, at: .milliseconds(30))
        #expect(tracker.deadline == nil)
        #expect(tracker.counters.echoed == 0)
    }

    /// Loses every tenth of `count` packets, 3 ms apart, and answers each request after `delay`; the time from the first
    /// request for each lost packet to the second one, where the answer to the first one is lost as well.
    private func secondRequests(_ tracker: inout NACKTracker, from start: Int, count: Int, delay: Int64) -> [Int64] {
        var answers: [Int64: [UInt16]] = [:]
        var asked: [UInt16: [Int64]] = [:]
        for now in Int64(start * 3)..<Int64((start + count) * 3 + 500) {
            for number in answers[now] ?? [] {
                tracker.receive(SequenceNumber(number), isRetransmission: true, at: .milliseconds(now))
            }
            let number = Int(now / 3)
            if now % 3 == 0, number < start + count, number % 10 != 5 {
                tracker.receive(SequenceNumber(UInt16(number)), at: .milliseconds(now))
            }
            guard let deadline = tracker.deadline, deadline <= .milliseconds(now) else { continue }
            for lost in tracker.poll(at: .milliseconds(now)).lost.map(\.rawValue) {
                asked[lost, default: []].append(now)
                // Of each third packet the first answer is lost.
                let isLost = lost % 30 == 5 && asked[lost, default: []].count <= 2
                if !isLost { answers[now + delay, default: []].append(lost) }
            }
        }
        return asked.sorted { $0.key < $1.key }.compactMap { $0.value.count > 2 ? $0.value[2] - $0.value[0] : nil }
    }

    @Test("how long answers take is learnt from them, without a round trip being told, and learnt anew when it changes")
    func learnsPatience() throws {
        var tracker = NACKTracker()
        let short = secondRequests(&tracker, from: 0, count: 2000, delay: 50)
        // Not told a round trip, it begins with 125 ms.
        #expect((120...130).contains(try #require(short.first)))
        #expect(short.suffix(10).allSatisfy { (60...70).contains($0) }, "\(short.suffix(10))")
        let long = secondRequests(&tracker, from: 2200, count: 4000, delay: 150)
        #expect(long.suffix(10).allSatisfy { (155...220).contains($0) }, "\(long.suffix(10))")
        #expect(tracker.counters.abandoned == 0)
    }

    @Test("packets that were only reordered are not requested and make the wait longer")
    func reordering() {
        var tracker = NACKTracker()
        tracker.receive(SequenceNumber(1), at: .zero)
        tracker.receive(SequenceNumber(3), at: .zero)
        tracker.receive(SequenceNumber(2), at: .milliseconds(8))
        #expect(tracker.deadline == nil && tracker.counters.reordered == 1)
        tracker.receive(SequenceNumber(5), at: .milliseconds(20))
        // 8 ms and a quarter, less what one gap relaxes.
        #expect(tracker.deadline.map { $0 > .milliseconds(29) && $0 <= .milliseconds(30) } == true)
    }

    @Test("after the last try, and after too long, a packet is given up and a key frame needed")
    func givesUp() {
        var configuration = NACKTracker.Configuration()
        configuration.maximumTries = 3
        var tracker = NACKTracker(configuration)
        tracker.update(roundTrip: .milliseconds(40))
        tracker.receive(SequenceNumber(1), at: .zero)
        tracker.receive(SequenceNumber(3), at: .zero)
        var requests = 0
        var keyFrame: Timestamp?
        for millisecond in Int64(0)..<1000 {
            let now = Timestamp.milliseconds(millisecond)
            guard let deadline = tracker.deadline, deadline <= now else { continue }
            let request = tracker.poll(at: now)
            requests += request.lost.count
            if request.needsKeyFrame { keyFrame = now }
        }
        #expect(requests == 6)
        #expect(tracker.counters.packetsRequested == 3 && tracker.counters.echoed == 3)
        #expect(keyFrame == .milliseconds(152))
        #expect(tracker.missingCount == 0 && tracker.counters.abandoned == 1)
    }

    @Test("what a key frame made useless is forgotten")
    func forgets() {
        var tracker = NACKTracker()
        tracker.receive(SequenceNumber(10), at: .zero)
        tracker.receive(SequenceNumber(20), at: .zero)
        tracker.forget(before: SequenceNumber(15))
        #expect(numbers(tracker.poll(at: .milliseconds(50))) == [15, 16, 17, 18, 19])
        #expect(tracker.counters.forgotten == 4)
    }

    @Test("the list is bounded: a hole larger than it asks for a key frame and nothing else")
    func bounded() {
        var tracker = NACKTracker()
        tracker.receive(SequenceNumber(0), at: .zero)
        tracker.receive(SequenceNumber(600), at: .zero)
        #expect(tracker.poll(at: .milliseconds(50)) == NACKRequest(lost: [], needsKeyFrame: true))
        #expect(tracker.poll(at: .milliseconds(51)) == NACKRequest(lost: [], needsKeyFrame: false))
        for step in 0..<400 { tracker.receive(SequenceNumber(UInt16(602 + step * 2)), at: .milliseconds(100)) }
        #expect(tracker.missingCount == 400)
        for step in 0..<300 { tracker.receive(SequenceNumber(UInt16(1402 + step * 2)), at: .milliseconds(100)) }
        #expect(tracker.missingCount == 500)
        let first = tracker.poll(at: .milliseconds(300))
        #expect(first.lost.count == 250 && first.needsKeyFrame)
        // The second message has to wait for its turn.
        #expect(tracker.poll(at: .milliseconds(300)).lost.isEmpty && tracker.deadline == .milliseconds(305))
        #expect(tracker.poll(at: .milliseconds(305)).lost.count == 250)
    }

    @Test("after an outage a key frame is asked for, not all that was sent into it")
    func outage() {
        for (silence, wantsKey) in [(600, false), (800, true)] as [(Int64, Bool)] {
            var tracker = NACKTracker()
            tracker.receive(SequenceNumber(1), at: .zero)
            tracker.receive(SequenceNumber(50), at: .milliseconds(silence))
            let request = tracker.poll(at: .milliseconds(silence + 50))
            #expect(request.needsKeyFrame == wantsKey && request.lost.count == (wantsKey ? 0 : 48))
            // What follows is as always.
            tracker.receive(SequenceNumber(52), at: .milliseconds(silence + 60))
            #expect(tracker.poll(at: .milliseconds(silence + 90)).lost.contains(SequenceNumber(51)))
        }
    }

    @Test("under random loss and order each hole ends in exactly one way", arguments: 1...20)
    func randomArrivals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var tracker = NACKTracker()
        tracker.update(roundTrip: .milliseconds(50))
        var arrivals: [Int64: [(number: Int, again: Bool)]] = [:]
        var lost: Set<Int> = []
        for number in 0..<5000 {
            let time = Int64(number) * 3 + Int64.random(in: 0...20, using: &generator)
            if generator.chance(0.05) {
                lost.insert(number)
            } else {
                arrivals[time, default: []].append((number, false))
            }
        }
        let base = SequenceNumber(UInt16.random(in: 0...(.max), using: &generator))
        for now in Int64(0)..<20_000 {
            for arrival in arrivals[now] ?? [] {
                tracker.receive(base + arrival.number, isRetransmission: arrival.again, at: .milliseconds(now))
            }
            guard let deadline = tracker.deadline, deadline <= .milliseconds(now) else { continue }
            for sequence in tracker.poll(at: .milliseconds(now)).lost {
                let near = Int(now / 3)
                let number = near + sequence.distance(from: base + near)
                if lost.contains(number), generator.chance(0.7) {
                    arrivals[now + 50, default: []].append((number, true))
                }
            }
        }
        let counters = tracker.counters
        #expect(tracker.missingCount == 0, "seed \(seed)")
        #expect(counters.abandoned == 0, "seed \(seed)")
        // A packet lost before the newest one was known never was a hole.
        #expect(counters.recovered >= UInt64(lost.count - 2), "seed \(seed)")
        #expect(counters.packetsRequested < UInt64(lost.count) * 3, "seed \(seed)")
    }
}
