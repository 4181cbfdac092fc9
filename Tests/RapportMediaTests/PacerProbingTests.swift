import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Pacer: probes and padding")
struct PacerProbingTests {
    /// What left, in order.
    private struct Departure: Equatable {
        var time: Timestamp
        var bytes: Int
        var probe: Int?
        var isPadding: Bool
    }

    // Runs the pacer at its own deadlines, padding as it asks, and `media` bytes of video every 10 ms.
    private func run(
        _ pacer: inout Pacer, from start: Timestamp = .zero, for time: Duration, media: Int = 0, padsAt most: Int = 255
    ) -> [Departure] {
        var (departures, buffer, now, nextMedia): ([Departure], [UInt8], Timestamp, Timestamp) = ([], [], start, start)
        while now <= start + time {
            if nextMedia <= now {
                if media > 0 {
                    let tag = PacketTag(sequenceNumber: SequenceNumber(0))
                    pacer.enqueue(.video, [UInt8](repeating: 0, count: media).span, tag: tag, at: now)
                }
                nextMedia = nextMedia + .milliseconds(10)
            }
            while let packet = pacer.next(at: now, into: &buffer) {
                departures.append(Departure(time: now, bytes: packet.bytes, probe: packet.probe, isPadding: false))
            }
            while let need = pacer.paddingNeed(at: now) {
                let bytes = min(need.bytes, most)
                pacer.sentPadding(bytes, at: now)
                departures.append(Departure(time: now, bytes: bytes, probe: need.probe, isPadding: true))
            }
            now = min(max(pacer.deadline ?? nextMedia, now), nextMedia)
        }
        return departures
    }

    @Test("a probe leaves at its rate, for its time, filled with padding")
    func probeOfPadding() {
        var pacer = Pacer(target: .kilobits(300))
        pacer.begin(ProbeRequest(id: 7, rate: .kilobits(900), duration: .milliseconds(15), packets: 5), at: .zero)
        let sent = run(&pacer, for: .milliseconds(100))
        #expect(sent.allSatisfy { $0.isPadding && $0.probe == 7 })
        // 15 ms at 900 kbit/s are 1688 bytes: seven packets of 255, each 2.27 ms long.
        #expect(sent.count == 7)
        #expect((13.0...14.0).contains(sent.last?.time.inMilliseconds ?? 0))
        let (probes, isProbing) = (pacer.counters.probes, pacer.isProbing)
        #expect(probes == 1 && !isProbing)
    }

    @Test("what waits goes first in a probe and carries its number; afterwards the pace is the old one")
    func probeOfMedia() {
        var pacer = Pacer(target: .kilobits(300))
        let tag = PacketTag(sequenceNumber: SequenceNumber(0))
        for _ in 0..<4 { pacer.enqueue(.video, [UInt8](repeating: 0, count: 1000).span, tag: tag, at: .zero) }
        pacer.begin(ProbeRequest(id: 1, rate: .kilobits(1600), duration: .milliseconds(15), packets: 2), at: .zero)
        let sent = run(&pacer, for: .milliseconds(200))
        // 3000 bytes of probe: three packets 5 ms apart, and the fourth when 330 kbit/s have made up for them.
        #expect(sent.map(\.probe) == [1, 1, 1, nil] && sent.allSatisfy { !$0.isPadding })
        #expect(sent.map { $0.time.inMilliseconds }[..<3] == [0, 5, 10])
        #expect((60.0...75).contains(sent[3].time.inMilliseconds), "\(sent[3].time)")
    }

    @Test("padding fills up to its rate and no further")
    func padding() {
        var pacer = Pacer(target: .kilobits(1000))
        pacer.update(pacing: .kilobits(1100), padding: .kilobits(500))
        let sent = run(&pacer, for: .seconds(2), media: 250)
        let media = sent.filter { !$0.isPadding }.map(\.bytes).reduce(0, +)
        let all = sent.map(\.bytes).reduce(0, +)
        #expect((49_000...51_000).contains(media))
        #expect((0.93...1.01).contains(Double(all) * 8 / 2 / 500_000), "\(all)")
        pacer.update(pacing: .kilobits(1100), padding: .zero)
        let after = run(&pacer, from: .seconds(3), for: .seconds(1), media: 250)
        #expect(!after.isEmpty && after.allSatisfy { !$0.isPadding })
    }

    @Test("media above the rate leaves no room for padding")
    func noPadding() {
        var pacer = Pacer(target: .kilobits(1000))
        pacer.update(pacing: .kilobits(1100), padding: .kilobits(300))
        let sent = run(&pacer, for: .seconds(1), media: 1000)
        #expect(sent.count > 90 && sent.allSatisfy { !$0.isPadding })
    }

    @Test("without anything to pad with the probe is given up and nobody is woken for it")
    func cannotPad() {
        var pacer = Pacer(target: .kilobits(300))
        pacer.update(pacing: .kilobits(330), padding: .kilobits(300))
        pacer.begin(ProbeRequest(id: 1, rate: .kilobits(900), duration: .milliseconds(15), packets: 5), at: .zero)
        pacer.cannotPad(at: .zero)
        let (need, isProbing, deadline) = (pacer.paddingNeed(at: .zero), pacer.isProbing, pacer.deadline)
        #expect(need == nil && !isProbing)
        #expect(deadline.map { $0 >= .milliseconds(100) } == true)
    }

    @Test("a probe that could not be sent in time ends, unfinished and uncounted")
    func staleProbe() {
        var pacer = Pacer(target: .kilobits(300))
        pacer.begin(ProbeRequest(id: 1, rate: .kilobits(900), duration: .milliseconds(15), packets: 5), at: .zero)
        let need = pacer.paddingNeed(at: .milliseconds(200))
        let (isProbing, probes, deadline) = (pacer.isProbing, pacer.counters.probes, pacer.deadline)
        #expect(need == nil && !isProbing && probes == 0 && deadline == nil)
    }

    @Test("senseless probes change nothing")
    func senselessProbes() {
        var pacer = Pacer(target: .kilobits(300))
        pacer.begin(ProbeRequest(id: 1, rate: .zero, duration: .milliseconds(15), packets: 5), at: .zero)
        let isProbing = pacer.isProbing
        #expect(!isProbing)
        pacer.begin(ProbeRequest(id: 2, rate: .kilobits(500), duration: .seconds(-1), packets: -5), at: .zero)
        let sent = run(&pacer, for: .milliseconds(50))
        #expect(sent.count <= 1)
    }
}
