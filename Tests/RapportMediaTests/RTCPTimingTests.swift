import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("RTCP timing")
struct RTCPTimingTests {
    @Test("regular reports come at half to one and a half times the interval, on average at the interval")
    func regular() {
        var generator = SeededGenerator(seed: 1)
        var scheduler = RTCPScheduler()
        #expect(scheduler.deadline == nil)
        scheduler.start(at: .zero, using: &generator)
        var times: [Timestamp] = []
        while times.count < 1000, let deadline = scheduler.deadline {
            #expect(scheduler.take(at: deadline - .nanoseconds(1), using: &generator) == nil)
            #expect(scheduler.take(at: deadline, using: &generator) == .regular)
            times.append(deadline)
        }
        let gaps = zip(times.dropFirst(), times).map { ($0 - $1).inSeconds }
        #expect(times[0] <= .milliseconds(500))
        #expect(gaps.allSatisfy { (0.5...1.5).contains($0) })
        #expect((0.97...1.03).contains(gaps.reduce(0, +) / Double(gaps.count)))
        #expect(scheduler.regularSent == 1000)
    }

    @Test("feedback goes at once, then keeps the gap, and rides along with a regular report")
    func feedback() {
        var generator = SeededGenerator(seed: 2)
        var scheduler = RTCPScheduler()
        scheduler.start(at: .zero, using: &generator)
        scheduler.requestFeedback(at: .milliseconds(10))
        #expect(scheduler.deadline == .milliseconds(10))
        #expect(scheduler.take(at: .milliseconds(10), using: &generator) == .feedback)
        scheduler.requestFeedback(at: .milliseconds(11))
        scheduler.requestFeedback(at: .milliseconds(14))
        #expect(scheduler.deadline == .milliseconds(15))
        #expect(scheduler.take(at: .milliseconds(14), using: &generator) == nil)
        #expect(scheduler.take(at: .milliseconds(15), using: &generator) == .feedback)
        scheduler.requestFeedback(at: .milliseconds(600))
        #expect(scheduler.take(at: .milliseconds(600), using: &generator) == .regular)
        #expect(scheduler.take(at: .milliseconds(605), using: &generator) == nil)
        #expect(scheduler.feedbackSent == 2)
    }

    @Test("RFC 3550 section 6.4.1: the example of figure 2 has a round trip of 6.125 s")
    func roundTripExample() {
        // The report arrives at 0xb710:8000, LSR is 0xb705:2000, DLSR 5.250 s.
        var estimator = RoundTripEstimator()
        let now = NTPTime(rawValue: 0xB44D_B710_8000_0000)
        let result = estimator.receive(lastSenderReport: 0xB705_2000, delaySinceLastSenderReport: 0x0005_4000, now: now)
        #expect(result == .milliseconds(6125))
        #expect(estimator.latest == .milliseconds(6125) && estimator.measurements == 1)
    }

    @Test("blocks without a sender report or with nonsense change nothing")
    func roundTripNonsense() {
        var estimator = RoundTripEstimator()
        let now = NTPTime(rawValue: 0x0000_0064_0000_0000)
        #expect(estimator.receive(lastSenderReport: 0, delaySinceLastSenderReport: 5, now: now) == nil)
        #expect(estimator.ignored == 0)
        for (lsr, dlsr) in [(0x0065_0000, 0), (0x0063_0000, 0x0002_0000), (0x0063_0000, 0xFFFF_FFFF), (0x0001_0000, 0)]
            as [(UInt32, UInt32)]
        {
            #expect(estimator.receive(lastSenderReport: lsr, delaySinceLastSenderReport: dlsr, now: now) == nil)
        }
        #expect(estimator.ignored == 4 && estimator.latest == nil)
        // Rounding may make a very short one negative.
        let tiny = estimator.receive(lastSenderReport: 0x0063_0000, delaySinceLastSenderReport: 0x0001_0001, now: now)
        #expect(tiny == .microseconds(100))
    }

    @Test("the round trip is smoothed, the least one remembered, and the fields' wrap does no harm")
    func roundTripSmoothing() {
        var estimator = RoundTripEstimator()
        let start = NTPTime(rawValue: 0x0000_FFFF_FFFF_0000)
        let sent = start.middle32
        estimator.receive(lastSenderReport: sent, delaySinceLastSenderReport: 0, now: start + .milliseconds(100))
        #expect(estimator.latest.map { (99.9...100.1).contains($0.inMilliseconds) } == true)
        estimator.add(.milliseconds(20))
        #expect(estimator.smoothed.map { (89.9...90.1).contains($0.inMilliseconds) } == true)
        #expect(estimator.minimum == .milliseconds(20))
    }

    @Test("a sender report tells one moment on both clocks and what was sent")
    func senderReport() {
        let wall = NTPTime(unixSeconds: 1_700_000_000, nanoseconds: 500_000_000)
        var builder = SenderReportBuilder(ssrc: SSRC(9), clockRate: 48_000, wallClockAtStart: wall)
        #expect(builder.makeReport(at: .seconds(1)) == nil)
        builder.send(timestamp: RTPTimestamp(.max - 479), captured: .seconds(1), payloadBytes: 100)
        builder.send(timestamp: RTPTimestamp(480), captured: .milliseconds(1020), payloadBytes: 50)
        // An older packet, sent late, does not move the clock.
        builder.send(timestamp: RTPTimestamp(.max - 479), captured: .seconds(9), payloadBytes: 1)
        let report = builder.makeReport(at: .milliseconds(2020))
        #expect(report?.rtp == RTPTimestamp(480 + 48_000))
        #expect(report?.ntp == wall + .milliseconds(2020))
        #expect(report?.packets == 3 && report?.octets == 151)
    }

    @Test("a report and its block give the round trip back")
    func loop() {
        let wall = NTPTime(unixSeconds: 1_750_000_000, nanoseconds: 0)
        let builder = SenderReportBuilder(ssrc: SSRC(9), clockRate: 48_000, wallClockAtStart: wall)
        var statistics = ReceiveStatistics(ssrc: SSRC(9), clockRate: 48_000)
        // The other side's session clock has nothing to do with ours: sent at 3 s, 30 ms on the way, answered after
        // 400 ms, 45 ms back.
        statistics.receiveSenderReport(ntp: builder.wallClock(at: .seconds(3)), at: .seconds(77))
        var bytes: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: false, payloadType: PayloadType(masking: 111), sequenceNumber: SequenceNumber(1),
            timestamp: RTPTimestamp(0), ssrc: SSRC(9), to: &bytes)
        if let header = try? RTPHeader(parsing: bytes.span) {
            statistics.receive(header, packetBytes: bytes.count, arrival: .seconds(77))
        }
        var estimator = RoundTripEstimator()
        if let block = statistics.makeReportBlock(at: .milliseconds(77_400)) {
            estimator.receive(
                lastSenderReport: block.lastSenderReport, delaySinceLastSenderReport: block.delaySinceLastSenderReport,
                now: builder.wallClock(at: .milliseconds(3475)))
        }
        #expect(estimator.latest.map { (74.9...75.1).contains($0.inMilliseconds) } == true)
    }
}
