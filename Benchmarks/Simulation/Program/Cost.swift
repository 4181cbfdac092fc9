import BenchmarkSupport
import RapportBase
import RapportMedia
import RapportRTP

/// What congestion control costs the processor for each packet of a call of 1.5 Mbit/s.
///
/// The link is one that nothing waits for: what is measured is the work, and there is as much of it on any link.
enum Cost {
    /// The project's limit for estimator and pacer together.
    static let limit = 1000.0
    private static let packets = 200_000
    private static let step: Duration = .milliseconds(6)
    private static let way: Duration = .milliseconds(25)

    struct Figures {
        /// Nanoseconds a packet: estimator and pacer, and all the rest of feedback at both ends.
        var control: Double
        var feedback: Double
        var packetsOfReport: Double
        var reportBytesOfPacket: Double
    }

    /// The best of five rounds: what else the machine does makes none of them faster.
    static func measure() -> Figures {
        var (whole, rest) = (Double.infinity, Double.infinity)
        var figures = Figures(control: 0, feedback: 0, packetsOfReport: 0, reportBytesOfPacket: 0)
        for _ in 0..<5 {
            var with = Round(controls: true)
            var without = Round(controls: false)
            whole = min(whole, with.run())
            rest = min(rest, without.run())
            figures.packetsOfReport = Double(packets) / Double(max(with.reports, 1))
            figures.reportBytesOfPacket = Double(with.reportBytes) / Double(packets)
        }
        (figures.control, figures.feedback) = (whole - rest, rest)
        return figures
    }

    private struct Round: ~Copyable {
        /// Whether estimator and pacer take part, or packets and feedback pass them by.
        private let controls: Bool
        private var estimator: any BandwidthEstimator = RapportEstimator()
        private var pacer = Pacer(target: .kilobits(1500))
        private var history = SentPacketHistory()
        private var recorder = TransportFeedbackRecorder()
        private var underWay: [(bytes: [UInt8], at: Timestamp)] = []
        private var results: [PacketResult] = []
        private(set) var reports = 0
        private(set) var reportBytes = 0

        init(controls: Bool) { self.controls = controls }

        /// Nanoseconds a packet.
        mutating func run() -> Double {
            let packet = [UInt8](repeating: 7, count: 1130)
            var scratch: [UInt8] = []
            let start = Clock.threadCPU()
            for number in 0..<Cost.packets {
                let now = Timestamp.zero + Cost.step * number
                if controls { pace(packet, number, &scratch, at: now) } else { send(packet.count, at: now) }
                if let due = recorder.deadline, due <= now { report(at: now) }
                takeReports(at: now)
                if controls { estimator.handleTimeout(at: now) }
            }
            return Double(Clock.threadCPU() - start) / Double(Cost.packets)
        }

        private mutating func pace(_ packet: [UInt8], _ number: Int, _ scratch: inout [UInt8], at now: Timestamp) {
            let decision = estimator.decision
            pacer.update(target: decision.target)
            pacer.update(pacing: decision.pacing, padding: decision.padding)
            let tag = PacketTag(sequenceNumber: SequenceNumber(UInt16(truncatingIfNeeded: number)))
            pacer.enqueue(.video, packet.span, tag: tag, at: now)
            while let paced = pacer.next(at: now, into: &scratch) { send(paced.bytes, at: now) }
        }

        private mutating func send(_ bytes: Int, at now: Timestamp) {
            let sent = SentPacket(number: history.nextNumber, bytes: bytes + 28, sentAt: now, kind: .video)
            if controls { estimator.packetSent(sent) }
            history.insert(sent)
            // It arrives at once, by the receiver's clock as by ours; what is measured is the work.
            recorder.receive(
                SequenceNumber(UInt16(truncatingIfNeeded: sent.number)), bytes: sent.bytes,
                sendTime: UInt32(truncatingIfNeeded: now.nanoseconds / 3815) & 0xFF_FFFF, arrival: now)
        }

        private mutating func report(at now: Timestamp) {
            for message in recorder.makeFeedback(sender: SSRC(1), media: SSRC(2), at: now) {
                var bytes: [UInt8] = []
                RTCP.append(.transportFeedback(message), to: &bytes)
                reports += 1
                reportBytes += bytes.count + 48
                underWay.append((bytes, now + Cost.way))
            }
        }

        private mutating func takeReports(at now: Timestamp) {
            while let first = underWay.first, first.at <= now {
                results.removeAll(keepingCapacity: true)
                for packet in (try? RTCP.parse(first.bytes.span)) ?? [] {
                    guard case .transportFeedback(let feedback) = packet else { continue }
                    history.results(of: feedback, into: &results)
                }
                underWay.removeFirst()
                if controls, !results.isEmpty { estimator.received(results, at: now) }
            }
        }
    }
}
