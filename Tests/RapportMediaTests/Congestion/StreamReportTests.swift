import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Reports by stream")
struct StreamReportTests {
    private typealias Report = CongestionControlFeedback

    private static func history(_ count: Int, sources: [UInt32] = [1, 2]) -> SentPacketHistory {
        var history = SentPacketHistory()
        for number in 0..<count {
            let source = sources[number % sources.count]
            history.insert(
                SentPacket(number: Int64(number), bytes: 1000, sentAt: .milliseconds(Int64(number)), kind: .video),
                source: SSRC(source),
                sequence: SequenceNumber(UInt16(truncatingIfNeeded: 65_530 + number / sources.count)))
        }
        return history
    }

    private static func report(
        _ source: UInt32, _ begin: UInt16, _ packets: [Report.Arrival?], at timestamp: UInt32 = 65_536 * 10
    ) -> Report {
        Report(
            sender: SSRC(9),
            streams: [.init(source: SSRC(source), begin: SequenceNumber(begin), packets: packets)], timestamp: timestamp
        )
    }

    private static func results(_ history: inout SentPacketHistory, _ report: Report) -> [PacketResult] {
        var results: [PacketResult] = []
        history.results(of: report, into: &results)
        return results
    }

    @Test("packets are found by stream and number, in the order they left, with times and marks")
    func plain() {
        var history = Self.history(20)
        var both = Self.report(2, 65_530, [.init(offset: 1024), nil, .init(offset: 512, mark: .congestion)])
        both.streams += Self.report(1, 65_531, [.init(offset: 256, mark: .capable0)]).streams
        let found = Self.results(&history, both)
        #expect(found.map(\.packet.number) == [1, 2, 3, 5])
        #expect(found.map(\.isMarked) == [false, false, false, true])
        let first = found[0].arrival, last = found[3].arrival, between = found[1].arrival
        #expect(found[2].arrival == nil)
        #expect(last.flatMap { last in first.map { last - $0 } } == .milliseconds(500))
        #expect(between.flatMap { between in first.map { between - $0 } } == .milliseconds(750))
        #expect(history.counters.marked == 1 && history.bytesUnderWay == 14_000)
    }

    @Test("what was never sent, is told again or has no time is counted and ignored")
    func ignored() {
        var history = Self.history(4)
        #expect(Self.results(&history, Self.report(3, 65_530, [.init(offset: 1)])).isEmpty)
        #expect(Self.results(&history, Self.report(1, 100, [.init(offset: 1), nil])).isEmpty)
        #expect(history.counters.unknown == 3)
        let arrival = Report.Arrival(offset: 3)
        #expect(Self.results(&history, Self.report(1, 65_530, [arrival, nil])).count == 2)
        #expect(Self.results(&history, Self.report(1, 65_530, [arrival, nil])).isEmpty)
        #expect(history.counters.duplicate == 2)
        // Told lost, it came after all: news, once.
        #expect(Self.results(&history, Self.report(1, 65_530, [arrival, arrival])).count == 1)
        for offset in [Report.Arrival.longAgo, Report.Arrival.unknown] {
            #expect(Self.results(&history, Self.report(2, 65_530, [.init(offset: offset)])).isEmpty)
        }
        #expect(history.counters.untimed == 2)
    }

    @Test("the time of reports goes on where its 32 bits begin anew, and back where one is late")
    func times() {
        var times = ReportTimeUnwrapper()
        let first = times.unwrap(0xFFFF_0000)
        #expect(times.unwrap(0x0000_8000) - first == .milliseconds(1500))
        #expect(times.unwrap(0xFFFF_8000) - first == .milliseconds(500))
        #expect(times.unwrap(0x0001_0000) - first == .seconds(2))
    }

    @Test("reports of anything leave the history as it is", arguments: 1...10 as ClosedRange<UInt64>)
    func hostile(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var history = Self.history(300)
        var told: Set<Int64> = []
        for _ in 0..<400 {
            let packets: [Report.Arrival?] = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                generator.chance(0.3) ? nil : .init(offset: UInt16.random(in: 0...0x1FFF, using: &generator))
            }
            let found = Self.results(
                &history,
                Self.report(
                    UInt32.random(in: 0...3, using: &generator), UInt16.random(in: 0...(.max), using: &generator),
                    packets, at: UInt32.random(in: 0...(.max), using: &generator)))
            for result in found where result.arrival != nil {
                #expect(told.insert(result.packet.number).inserted, "told as arrived twice")
            }
        }
        #expect(history.bytesUnderWay >= 0 && history.bytesUnderWay <= 300_000)
    }

    @Test("the recorder tells every arrival of every stream, losses before it, and repeats what it told last")
    func recorder() throws {
        var recorder = CongestionFeedbackRecorder()
        let clock = NTPTime(unixSeconds: 1_700_000_000, nanoseconds: 0)
        for (index, sequence) in ([10, 11, 14] as [UInt16]).enumerated() {
            recorder.receive(
                source: SSRC(1), SequenceNumber(sequence), bytes: 1000, sendTime: nil,
                mark: index == 2 ? .congestion : .notCapable, arrival: .milliseconds(1000 + Int64(index) * 4))
        }
        recorder.receive(source: SSRC(2), SequenceNumber(7), bytes: 100, sendTime: nil, arrival: .milliseconds(1009))
        let due = try #require(recorder.deadline)
        let messages = recorder.makeFeedback(sender: SSRC(9), clock: clock, at: due)
        let report = try #require(messages.first)
        #expect(messages.count == 1 && report.streams.map(\.source) == [SSRC(1), SSRC(2)])
        #expect(report.timestamp == clock.middle32)
        #expect(report.streams[0].begin == SequenceNumber(10))
        #expect(report.streams[0].packets.map { $0 == nil } == [false, false, true, true, false])
        #expect(report.streams[0].packets[4]?.mark == .congestion)
        #expect(recorder.deadline == nil)
        recorder.receive(
            source: SSRC(1), SequenceNumber(15), bytes: 1000, sendTime: nil, arrival: due + .milliseconds(5))
        let next = try #require(recorder.deadline)
        let again = try #require(recorder.makeFeedback(sender: SSRC(9), clock: clock, at: next).first)
        #expect(again.streams.count == 1 && again.streams[0].begin == SequenceNumber(14))
        #expect(again.streams[0].packets.count == 2)
    }
}
