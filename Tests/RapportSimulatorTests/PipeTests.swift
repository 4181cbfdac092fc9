import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Links that carry bytes")
struct PipeTests {
    private func offer(_ pipe: inout Pipe, count: Int, gap: Int64) {
        for index in 0..<count {
            pipe.accept(
                Array(repeating: UInt8(truncatingIfNeeded: index), count: 1000),
                at: Timestamp(nanoseconds: Int64(index) * gap))
        }
    }

    private func drain(_ pipe: inout Pipe, at now: Timestamp) -> [Pipe.Arrival] {
        var arrivals: [Pipe.Arrival] = []
        while let arrival = pipe.take(at: now) { arrivals.append(arrival) }
        return arrivals
    }

    @Test("a datagram arrives unchanged after its transmission and the delay")
    func single() {
        var pipe = Pipe(LinkConfiguration(rate: .constant(.kilobits(1000)), delay: .milliseconds(25)), seed: 1)
        let bytes = (0..<125).map { UInt8($0) }
        pipe.accept(bytes, at: .milliseconds(7))
        #expect(pipe.deadline == .milliseconds(8))
        #expect(pipe.take(at: Timestamp(nanoseconds: 32_999_999)) == nil)
        #expect(pipe.deadline == .milliseconds(33))
        #expect(pipe.take(at: .milliseconds(33)) == Pipe.Arrival(bytes: bytes, at: .milliseconds(33)))
        #expect(pipe.isEmpty)
        #expect(pipe.deadline == nil)
    }

    @Test("who comes late changes nothing of what passes and when")
    func lateness() {
        var configuration = LinkConfiguration(
            rate: .constant(.kilobits(1000)), queue: .dropTail(.time(.milliseconds(100))), delay: .milliseconds(20))
        configuration.loss = .independent(0.1)
        var (prompt, late) = (Pipe(configuration, seed: 5), Pipe(configuration, seed: 5))
        var (first, second): ([Pipe.Arrival], [Pipe.Arrival]) = ([], [])
        for index in 0..<500 {
            let now = Timestamp.milliseconds(Int64(index) * 5)
            while let due = prompt.deadline, due <= now { first += drain(&prompt, at: due) }
            prompt.accept([UInt8(truncatingIfNeeded: index)] + Array(repeating: 0, count: 799), at: now)
            late.accept([UInt8(truncatingIfNeeded: index)] + Array(repeating: 0, count: 799), at: now)
            if index % 37 == 0 { second += drain(&late, at: now) }
        }
        first += drain(&prompt, at: .seconds(10))
        second += drain(&late, at: .seconds(10))
        #expect(first == second)
        #expect(first.count > 200)
        #expect(prompt.counters == late.counters)
        #expect(prompt.counters.dropped > 0 && prompt.counters.lost > 0)
        #expect(prompt.takeNotes() == late.takeNotes())
    }

    @Test("what the queue has no room for is noted with its bytes, and every datagram has one fate")
    func fates() {
        var configuration = LinkConfiguration(rate: .constant(.kilobits(1000)), queue: .dropTail(.bytes(5000)))
        configuration.loss = .independent(0.2)
        var pipe = Pipe(configuration, seed: 3)
        offer(&pipe, count: 200, gap: 4_000_000)
        let arrivals = drain(&pipe, at: .seconds(5))
        var (dropped, lost, carried) = (0, 0, 0)
        for note in pipe.takeNotes() {
            switch note {
            case .dropped(let bytes, _):
                #expect(bytes.count == 1000)
                dropped += 1
            case .lost: lost += 1
            case .carried: carried += 1
            case .waited(let wait, _): #expect(wait <= .milliseconds(40))
            }
        }
        #expect(dropped > 50 && lost > 5)
        #expect(carried == arrivals.count + lost)
        #expect(arrivals.count + lost + dropped == 200)
        #expect(pipe.isEmpty && pipe.backlog == 0)
    }

    @Test("FQ-CoDel drops are noted too")
    func fairQueue() {
        var pipe = Pipe(LinkConfiguration(rate: .constant(.kilobits(500)), queue: .fairCoDel(.bytes(50_000))), seed: 3)
        offer(&pipe, count: 500, gap: 8_000_000)
        let arrivals = drain(&pipe, at: .seconds(60))
        let dropped = pipe.takeNotes().filter { if case .dropped = $0 { true } else { false } }.count
        #expect(dropped > 20)
        #expect(arrivals.count + dropped == 500)
        #expect(pipe.isEmpty)
    }
}
