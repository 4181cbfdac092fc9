import RapportBase
import RapportMedia
import RapportRTP

/// A camera and a microphone behind an estimator: frames follow the target, a pacer spreads them, a receiver reports.
struct MediaFlowModel {
    struct Configuration {
        var startsAt = 0.0
        var endsAt = Double.infinity
        var maximum = 1_500_000.0
        var frameRate = 30.0
        /// Share by which frames differ in size.
        var variation = 0.1
        var extraDelay = 0.0
        var pauses: ClosedRange<Double>?
    }

    private struct Arrival {
        var number: Int64
        var time: Double
    }

    let configuration: Configuration
    let flow: Int
    var estimator: any BandwidthEstimator
    private(set) var history = SentPacketHistory()
    var generator: SeededGenerator
    /// Bytes that arrived, bytes sent, of them padding.
    private(set) var (received, sent, padding) = (0, 0, 0)
    /// Seconds media stayed in the pacer.
    private(set) var pacerDelays: [Double] = []
    private var queue: [(bytes: Int, at: Double)] = []
    private var nextFrame: Double
    private var nextAudio: Double
    private var busyUntil = 0.0
    private var encoderRate: Double
    private var targets: [(at: Double, rate: Double)] = []
    private var probe: (request: ProbeRequest, packets: Int, bytes: Double)?
    private var arrivals: [Arrival] = []
    private var nextReport: Double
    private var reportedThrough: Int64 = -1
    private var reports: [(at: Double, feedback: TransportFeedback)] = []
    private var results: [PacketResult] = []

    init(_ configuration: Configuration, flow: Int, estimator: any BandwidthEstimator, seed: UInt64) {
        self.configuration = configuration
        self.flow = flow
        self.estimator = estimator
        generator = SeededGenerator(seed: seed)
        nextFrame = configuration.startsAt
        nextAudio = configuration.startsAt
        nextReport = configuration.startsAt + 0.05
        encoderRate = estimator.decision.target.kilobits * 1000
        self.estimator.update(demand: Bitrate.kilobits(Int(configuration.maximum / 1000)), at: .zero)
    }

    func stamp(_ time: Double) -> Timestamp { Timestamp(nanoseconds: Int64(time * 1e9)) }

    private func isActive(_ time: Double) -> Bool {
        time >= configuration.startsAt && time < configuration.endsAt
            && !(configuration.pauses?.contains(time) ?? false)
    }

    mutating func step(to time: Double, link: inout LinkModel) {
        while let first = reports.first, first.at <= time {
            reports.removeFirst()
            results.removeAll(keepingCapacity: true)
            history.results(of: first.feedback, into: &results)
            if !results.isEmpty { estimator.received(results, at: stamp(time)) }
        }
        if let deadline = estimator.deadline, deadline <= stamp(time) { estimator.handleTimeout(at: stamp(time)) }
        produce(at: time)
        send(at: time, link: &link)
    }

    // The encoder follows a target after a tenth of a second.
    private mutating func produce(at time: Double) {
        let target = Double(estimator.decision.target.bitsPerSecond)
        if targets.last?.rate != target { targets.append((time, target)) }
        while targets.count > 1, targets[1].at <= time - 0.1 { targets.removeFirst() }
        if let first = targets.first, first.at <= time - 0.1 { encoderRate = first.rate }
        guard isActive(time) else {
            (nextFrame, nextAudio) = (max(nextFrame, time), max(nextAudio, time))
            return
        }
        while nextAudio <= time {
            queue.insert((140, nextAudio), at: 0)
            nextAudio += 0.02
        }
        while nextFrame <= time {
            let rate = max(min(encoderRate, configuration.maximum) - 56_000, 20_000)
            let spread = 1 + configuration.variation * Double.random(in: -1...1, using: &generator)
            var left = Int(rate / 8 / configuration.frameRate * spread)
            let pieces = max((left + 1199) / 1200, 1)
            let size = left / pieces
            while left > size / 2 {
                queue.append((max(min(size, left), 60), nextFrame))
                left -= size
            }
            nextFrame += 1 / configuration.frameRate
        }
    }

    private mutating func send(at time: Double, link: inout LinkModel) {
        if history.nextNumber > 0 || !queue.isEmpty, isActive(time), probe == nil {
            if let request = estimator.takeProbe(at: stamp(time)) { probe = (request, 0, 0) }
        }
        let decision = estimator.decision
        let rate = Double((probe?.request.rate ?? decision.pacing).bitsPerSecond)
        busyUntil = max(busyUntil, time - 0.005)
        while busyUntil <= time {
            if let window = decision.window, history.bytesUnderWay > window, probe == nil { break }
            let isPadding = queue.isEmpty
            if isPadding && probe == nil { break }
            let bytes = isPadding ? 1200 : queue[0].bytes
            if !isPadding {
                pacerDelays.append(time - queue[0].at)
                queue.removeFirst()
            } else {
                padding += bytes
            }
            emit(bytes, isPadding ? .padding : .video, at: time, link: &link)
            busyUntil = max(busyUntil, time - 0.005) + Double(bytes * 8) / max(rate, 1000)
            guard var current = probe else { continue }
            current.packets += 1
            current.bytes += Double(bytes)
            let wanted = Double(current.request.rate.bitsPerSecond) / 8 * current.request.duration.inMilliseconds / 1000
            let isDone = current.packets >= current.request.packets && current.bytes >= wanted
            probe = isDone ? nil : current
            if isDone { break }
        }
    }

    private mutating func emit(_ bytes: Int, _ kind: SentPacket.Kind, at time: Double, link: inout LinkModel) {
        let packet = SentPacket(
            number: history.nextNumber, bytes: bytes, sentAt: stamp(time), kind: kind, probe: probe?.request.id)
        history.insert(packet)
        estimator.packetSent(packet)
        sent += bytes
        _ = link.enter(
            LinkModel.Packet(flow: flow, bytes: bytes, sent: packet, number: packet.number, enteredAt: time), at: time)
    }

    /// The other end: remembers the arrival for the next report.
    mutating func deliver(_ packet: LinkModel.Packet, at time: Double, drift: Double) {
        received += packet.bytes
        let clock = (time + configuration.extraDelay) * (1 + drift) + 7
        arrivals.append(Arrival(number: packet.number, time: clock))
    }

    mutating func report(at time: Double, link: inout LinkModel) {
        guard time >= nextReport else { return }
        nextReport = time + link.configuration.feedbackInterval
        let due = (time + configuration.extraDelay) * (1 + link.configuration.drift) + 7
        let ready = arrivals.filter { $0.time <= due }
        guard let newest = ready.map(\.number).max(), let oldest = ready.map(\.number).min() else { return }
        arrivals.removeAll { $0.time <= due }
        let first = min(oldest, reportedThrough + 1)
        var times = [Duration?](repeating: nil, count: Int(newest - first) + 1)
        let reference = Int32(((ready.map(\.time).min() ?? 0) / 0.064).rounded(.down))
        for arrival in ready {
            let offset = arrival.time - Double(reference) * 0.064
            times[Int(arrival.number - first)] = .microseconds(Int64((offset * 4000).rounded()) * 250)
        }
        reportedThrough = max(reportedThrough, newest)
        if link.generator.chance(link.configuration.feedbackLoss) { return }
        let feedback = TransportFeedback(
            sender: SSRC(1), media: SSRC(2), baseSequence: SequenceNumber(UInt16(truncatingIfNeeded: first)),
            referenceTime: reference, feedbackCount: 0, arrivals: times)
        reports.append((time + link.configuration.delay + configuration.extraDelay, feedback))
    }
}
