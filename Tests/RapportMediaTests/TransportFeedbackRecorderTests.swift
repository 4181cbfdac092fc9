import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("TransportFeedbackRecorder")
struct TransportFeedbackRecorderTests {
    private func feedback(_ recorder: inout TransportFeedbackRecorder, at milliseconds: Int64) -> [TransportFeedback] {
        recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: .milliseconds(milliseconds))
    }

    /// Arrival of each reported packet in session time; nil for a lost one.
    private func times(_ message: TransportFeedback) -> [UInt16: Timestamp?] {
        var times: [UInt16: Timestamp?] = [:]
        for (index, arrival) in message.arrivals.enumerated() {
            let origin = Timestamp(nanoseconds: Int64(message.referenceTime) * 64_000_000)
            times.updateValue(arrival.map { origin + $0 }, forKey: (message.baseSequence + index).rawValue)
        }
        return times
    }

    @Test("arrivals and losses are reported once the interval is over, across the wrap")
    func reports() {
        var recorder = TransportFeedbackRecorder()
        for (step, sequence) in ([65_534, 65_535, 1, 2] as [UInt16]).enumerated() {
            recorder.receive(SequenceNumber(sequence), arrival: .milliseconds(1000 + Int64(step) * 10))
        }
        #expect(recorder.deadline == .milliseconds(1025))
        #expect(feedback(&recorder, at: 1024).isEmpty)
        let messages = feedback(&recorder, at: 1100)
        #expect(messages.count == 1 && messages[0].feedbackCount == 0)
        #expect(messages[0].baseSequence == SequenceNumber(65_534))
        #expect(
            times(messages[0]) == [
                65_534: .milliseconds(1000), 65_535: .milliseconds(1010), 0: nil as Timestamp?,
                1: .milliseconds(1020), 2: .milliseconds(1030),
            ])
        #expect(recorder.deadline == nil)
        #expect(feedback(&recorder, at: 1300).isEmpty)
    }

    @Test("losses between two reports are in the second one")
    func lossesBetween() {
        var recorder = TransportFeedbackRecorder()
        recorder.receive(SequenceNumber(10), arrival: .zero)
        _ = feedback(&recorder, at: 100)
        recorder.receive(SequenceNumber(14), arrival: .milliseconds(150))
        let messages = feedback(&recorder, at: 200)
        #expect(messages.first?.baseSequence == SequenceNumber(11))
        #expect(messages.first?.arrivals.map { $0 == nil } == [true, true, true, false])
        #expect(messages.first?.feedbackCount == 1)
    }

    @Test("a packet that comes late is reported with what follows it; a duplicate is not recorded")
    func lateAndDuplicate() {
        var recorder = TransportFeedbackRecorder()
        for sequence in [20, 22, 22] as [UInt16] {
            recorder.receive(SequenceNumber(sequence), arrival: .milliseconds(5))
        }
        _ = feedback(&recorder, at: 105)
        recorder.receive(SequenceNumber(21), arrival: .milliseconds(130))
        recorder.receive(SequenceNumber(23), arrival: .milliseconds(131))
        let messages = feedback(&recorder, at: 205)
        #expect(times(messages[0]) == [21: .milliseconds(130), 22: .milliseconds(5), 23: .milliseconds(131)])
        #expect(recorder.counters.drops[.duplicate] == 1)
    }

    @Test(
        "a side that may send little itself tells less often, each 250 ms at least",
        arguments: [[10_000, 25], [100, 72], [20, 250], [0, 250]] as [[Int]])
    func interval(entry: [Int]) {
        let (rate, milliseconds) = (entry[0], Int64(entry[1]))
        var recorder = TransportFeedbackRecorder()
        recorder.update(sendRate: .kilobits(rate))
        recorder.receive(SequenceNumber(1), arrival: .zero)
        let deadline = recorder.deadline?.nanoseconds ?? 0
        #expect((deadline + 500_000) / 1_000_000 == milliseconds)
    }

    /// Reports a second while `kilobits` come in packets of 1000 bytes, in the last of five seconds, and their share.
    private func reports(
        kilobits: Int64, own: Bitrate? = nil, queue: (Int64) -> Int64 = { _ in 0 }
    ) -> (count: Int, share: Double) {
        var recorder = TransportFeedbackRecorder()
        if let own { recorder.update(sendRate: own) }
        var (now, sequence, count, bytes) = (Int64(0), UInt16(0), 0, 0)
        var sentAt = Int64(0)
        while now < 5000 {
            if sentAt <= now {
                let units = UInt32(truncatingIfNeeded: (sentAt - queue(now)) * 262_144 / 1000) & 0xFF_FFFF
                recorder.receive(
                    SequenceNumber(sequence), bytes: 1000, sendTime: units, arrival: .milliseconds(now))
                sequence &+= 1
                sentAt += 8000 / kilobits
            }
            for message in feedback(&recorder, at: now) where now >= 4000 {
                var written: [UInt8] = []
                RTCP.append(.transportFeedback(message), to: &written)
                (count, bytes) = (count + 1, bytes + written.count + 48)
            }
            now += 1
        }
        return (count, Double(bytes * 8) / Double(kilobits * 1000))
    }

    @Test("the interval follows what is received, between 25 and 100 ms, and takes a twentieth of it at most")
    func receivedRate() {
        for (rate, range) in [(1500, 35...42), (1000, 35...42), (400, 20...38), (200, 10...18), (100, 9...11)]
            as [(Int64, ClosedRange<Int>)]
        {
            let told = reports(kilobits: rate)
            #expect(range.contains(told.count), "\(rate): \(told)")
            if rate >= 200 { #expect(told.share < 0.055, "\(rate): \(told)") }
        }
    }

    // What is lost on the way of the reports takes the estimate of that way down, and reports would become rarer still.
    @Test("where much comes in, a low rate of this side lengthens the interval to four times at most")
    func lowOwnRate() {
        #expect((9...11).contains(reports(kilobits: 1500, own: .kilobits(20)).count))
        #expect((3...5).contains(reports(kilobits: 100, own: .kilobits(20)).count))
    }

    @Test("a delay that grows makes reports come sooner; one that only jitters a little does not")
    func growingDelay() {
        let calm = reports(kilobits: 200, queue: { $0 % 3 * 4 })
        let growing = reports(kilobits: 200, queue: { max($0 - 4000, 0) / 4 })
        #expect(calm.count < 19 && growing.count > calm.count + 5, "\(calm) \(growing)")
    }

    @Test("a jump of the delay is told at once, no sooner than 10 ms after the last report")
    func jump() throws {
        var recorder = TransportFeedbackRecorder()
        recorder.receive(SequenceNumber(1), bytes: 1000, sendTime: 0, arrival: .zero)
        #expect(feedback(&recorder, at: 25).count == 1)
        // 262,144 units a second: 28 ms after it, and on the way for 30 ms more.
        recorder.receive(SequenceNumber(2), bytes: 1000, sendTime: 524, arrival: .milliseconds(32))
        #expect(recorder.deadline == .milliseconds(35))
    }

    @Test("what arrived shortly before the last report is told again where that is wanted")
    func overlap() {
        var configuration = TransportFeedbackRecorder.Configuration()
        configuration.overlap = .milliseconds(60)
        var recorder = TransportFeedbackRecorder(configuration)
        for number in 0..<20 as Range<UInt16> where number != 12 {
            recorder.receive(SequenceNumber(number), bytes: 100, arrival: .milliseconds(Int64(number) * 10))
        }
        #expect(feedback(&recorder, at: 200).first?.arrivals.count == 20)
        recorder.receive(SequenceNumber(20), bytes: 100, arrival: .milliseconds(201))
        let again = feedback(&recorder, at: 230)
        #expect(again.first?.baseSequence == SequenceNumber(17), "\(again)")
        #expect(again.first?.arrivals.count == 4)
    }

    @Test("the count of messages and the reference time wrap within their 8 and 24 bits")
    func wraps() {
        var recorder = TransportFeedbackRecorder()
        let start = Timestamp(nanoseconds: (Int64(1) << 23) * 64_000_000)
        var counts: [UInt8] = []
        for step in 0..<300 {
            let now = start + .milliseconds(200 * step)
            recorder.receive(SequenceNumber(UInt16(step)), arrival: now)
            let messages = recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: now + .milliseconds(150))
            counts += messages.map(\.feedbackCount)
            #expect(messages.allSatisfy { $0.referenceTime < 0 })
        }
        #expect(counts == (0..<300).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test(
        "every arrival is reported with its time, whatever the order, in messages that fit a packet", arguments: 1...20)
    func randomArrivals(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var recorder = TransportFeedbackRecorder()
        let base = SequenceNumber(UInt16.random(in: 0...(.max), using: &generator))
        var arrivals: [(time: Int64, number: Int)] = []
        for number in 0..<6000 where !generator.chance(0.1) {
            arrivals.append((Int64(number) / 2 + Int64.random(in: 0...60, using: &generator), number))
        }
        arrivals.sort { $0.time < $1.time }
        var reported: [Int: Timestamp] = [:]
        var largest = 0
        var next = 0
        for now in Int64(0)..<3500 {
            while next < arrivals.count, arrivals[next].time <= now {
                recorder.receive(base + arrivals[next].number, arrival: .milliseconds(arrivals[next].time))
                next += 1
            }
            for message in feedback(&recorder, at: now) {
                var bytes: [UInt8] = []
                RTCP.append(.transportFeedback(message), to: &bytes)
                largest = max(largest, bytes.count)
                for (sequence, time) in times(message) {
                    let near = Int(now) * 2
                    let number = near + SequenceNumber(sequence).distance(from: base + near)
                    if let time { reported[number] = time }
                }
            }
        }
        #expect(reported == Dictionary(uniqueKeysWithValues: arrivals.map { ($0.number, .milliseconds($0.time)) }))
        #expect(largest > 0 && largest <= 1200)
    }
}
