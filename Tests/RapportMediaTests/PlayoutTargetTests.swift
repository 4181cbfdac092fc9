import RapportBase
import Testing

@testable import RapportMedia

@Suite("PlayoutTarget")
struct PlayoutTargetTests {
    private let millisecond: Int64 = 1_000_000

    @Test("the histogram's quantiles are upper edges of its buckets, wherever its window lies")
    func quantiles() {
        for offset in [Int64(0), -5_000_000, 9_000_000_000] {
            var histogram = TransitHistogram(memory: 1000)
            for delay in Int64(0)..<100 { histogram.add((offset + delay) * millisecond) }
            #expect(histogram.least == offset * millisecond)
            #expect(histogram.quantile(0.5) == (offset + 50) * millisecond)
            #expect(histogram.quantile(1) == (offset + 100) * millisecond)
            #expect(histogram.share(upTo: (offset + 24) * millisecond) == 0.25)
            #expect(histogram.share(upTo: (offset - 1) * millisecond) == 0)
        }
    }

    @Test("the window of buckets follows a clock that drifts, and what is far out counts into the nearest bucket")
    func window() throws {
        var histogram = TransitHistogram(memory: 50)
        for index in Int64(0)..<100_000 { histogram.add(index * millisecond / 10) }
        let median = try #require(histogram.quantile(0.5))
        #expect(abs(median - 9_996 * millisecond) < 10 * millisecond)
        histogram.add(-1_000_000 * millisecond)
        histogram.add(.max / 2)
        #expect(histogram.quantile(0.5) != nil)
        histogram.removeAll()
        #expect(histogram.isEmpty && histogram.quantile(0.5) == nil)
    }

    @Test("the choice weighs delay against concealment, above what must be in time anyway")
    func cheapest() throws {
        var histogram = TransitHistogram(memory: 10_000)
        // 96 of 100 at 10 ms, 3 at 60, 1 at 500.
        for index in Int64(0)..<1000 {
            let delay: Int64 = index % 100 < 96 ? 10 : index % 100 < 99 ? 60 : 500
            histogram.add(delay * millisecond)
        }
        #expect(histogram.cheapest(cost: 1_000, atLeast: 0.5) == 11 * millisecond)
        #expect(histogram.cheapest(cost: 4_000, atLeast: 0.5) == 61 * millisecond)
        #expect(histogram.cheapest(cost: 1_000, atLeast: 0.98) == 61 * millisecond)
        #expect(histogram.cheapest(cost: 60_000, atLeast: 0.5) == 501 * millisecond)
    }

    @Test("of a queue that empties at once only the newest packet counts as recent")
    func recent() {
        var recent = RecentArrivals(window: .milliseconds(800), together: .milliseconds(6))
        for index in Int64(0)..<10 {
            recent.add(transit: (300 - index * 20) * millisecond, arrival: .milliseconds(1000 + index / 4))
        }
        #expect(recent.largest(at: .milliseconds(1010)) == 120 * millisecond)
        recent.add(transit: 5 * millisecond, arrival: .milliseconds(1020))
        recent.add(transit: 6 * millisecond, arrival: .milliseconds(1140))
        #expect(recent.largest(at: .milliseconds(1500)) == 120 * millisecond)
        #expect(recent.largest(at: .milliseconds(1830)) == 6 * millisecond)
        #expect(recent.largest(at: .milliseconds(9000)) == nil)
    }

    private func feed(_ target: inout PlayoutTarget, _ packets: Range<Int64>, delay: (Int64) -> Int64) {
        for index in packets {
            let media = index * 20 * millisecond
            target.receive(media: media, arrival: Timestamp(nanoseconds: media + delay(index) * millisecond))
        }
    }

    @Test("a path that becomes longer is followed within half a second, a shorter one is forgotten slowly")
    func twoScales() throws {
        var target = PlayoutTarget()
        feed(&target, 0..<1500) { _ in 40 }
        #expect(target.transit == 41 * millisecond)
        feed(&target, 1500..<1525) { _ in 100 }
        #expect(target.transit == 101 * millisecond)
        feed(&target, 1525..<1600) { _ in 40 }
        #expect(target.transit == 101 * millisecond)
        feed(&target, 1600..<6000) { _ in 40 }
        #expect(target.transit == 41 * millisecond)
    }

    @Test("a stall is not learnt, a path that is longer for good is")
    func stalls() {
        var target = PlayoutTarget()
        feed(&target, 0..<500) { _ in 40 }
        feed(&target, 500..<560) { 40 + (560 - $0) * 20 }
        feed(&target, 560..<600) { _ in 40 }
        #expect(target.transit == 41 * millisecond)
        feed(&target, 600..<700) { _ in 1040 }
        #expect(target.transit == 1041 * millisecond)
        // And one that is much shorter begins anew at once.
        feed(&target, 760..<761) { _ in 40 }
        #expect(target.transit == 41 * millisecond && target.learnt == 1)
    }

    @Test("where packets get lost and are recovered from the next one, the delay waits for that")
    func recoveries() {
        var target = PlayoutTarget()
        for index in Int64(0)..<1000 {
            let media = index * 20 * millisecond
            guard index % 20 != 7 else { continue }
            let arrival = Timestamp(nanoseconds: media + 5 * millisecond)
            target.receive(media: media, arrival: arrival)
            if index % 20 == 8 { target.receiveRecovery(of: media - 20 * millisecond, arrival: arrival) }
        }
        #expect(target.transit == 26 * millisecond)
    }

    private func clean(_ target: inout PlayoutTarget, _ packets: Range<Int64>, copyLag: Int64?) {
        for index in packets {
            let media = index * 20 * millisecond
            let arrival = Timestamp(nanoseconds: media + 5 * millisecond)
            target.receive(media: media, arrival: arrival, copyLag: copyLag)
        }
    }

    @Test("a stream with copies is played late enough for them until they prove needless; a copy too far off is not")
    func firstCopies() {
        var target = PlayoutTarget()
        clean(&target, 0..<1, copyLag: nil)
        #expect(target.transit == 6 * millisecond)
        clean(&target, 1..<400, copyLag: 20 * millisecond)
        #expect(target.transit == 26 * millisecond)
        // The same clock set anew says nothing about what gets lost.
        target.reset()
        clean(&target, 400..<410, copyLag: 20 * millisecond)
        #expect(target.transit == 26 * millisecond)
        clean(&target, 410..<900, copyLag: 20 * millisecond)
        #expect(target.transit == 6 * millisecond)
        var long = PlayoutTarget()
        clean(&long, 0..<100, copyLag: 60 * millisecond)
        #expect(long.transit == 6 * millisecond)
    }

    @Test("where more packets come late than were let be, fewer are let be")
    func lateness() throws {
        func chosen(lateAtMost: Double) throws -> Int64 {
            var configuration = PlayoutTarget.Configuration()
            configuration.lateAtMost = lateAtMost
            var target = PlayoutTarget(configuration)
            // A tail of single late packets that grows longer all the time.
            feed(&target, 0..<4000) { $0 % 50 == 7 ? 70 + $0 / 40 : 5 }
            return try #require(target.transit)
        }
        #expect(try chosen(lateAtMost: 0.008) > chosen(lateAtMost: 1) + 5 * millisecond)
    }
}
