import RapportBase

@testable import RapportMedia

/// When each packet of 20 ms of sound arrives, in milliseconds after the first was sent; nil when it is lost.
struct ArrivalTrace {
    var arrivals: [Double?]
    static let frame = 20.0

    /// Share of lost packets.
    var loss: Double { Double(arrivals.count { $0 == nil }) / Double(arrivals.count) }

    /// Builds a trace of `count` packets: what `delay` adds to a path of 40 ms, kept in order unless `reorders`.
    static func make(
        _ count: Int = 3000, reorders: Bool = false, loss: ((Int) -> Bool)? = nil, delay: (Int, Double) -> Double
    ) -> ArrivalTrace {
        var latest = 0.0
        let arrivals = (0..<count).map { index -> Double? in
            let sent = Double(index) * frame
            var time = sent + 40 + max(delay(index, sent), 0)
            if !reorders { time = max(time, latest) }
            latest = max(latest, time)
            return index > 0 && (loss?(index) ?? false) ? nil : time
        }
        return ArrivalTrace(arrivals: arrivals)
    }
}

extension ArrivalTrace {
    static func clean() -> ArrivalTrace { make { _, _ in 0 } }

    static func gaussian(_ deviation: Double, reorders: Bool = false, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        return make(reorders: reorders) { _, _ in abs(generator.normal(deviation)) }
    }

    static func uniform(_ width: Double, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        return make { _, _ in Double.random(in: 0...width, using: &generator) }
    }

    static func randomLoss(_ share: Double, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        var losses = SeededGenerator(seed: seed &+ 1)
        return make(loss: { _ in losses.chance(share) }) { _, _ in abs(generator.normal(5)) }
    }

    /// Gilbert's two states: bursts of three packets on average.
    static func burstLoss(_ share: Double, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        var losses = SeededGenerator(seed: seed &+ 1)
        var isBad = false
        return make(
            loss: { _ in
                isBad = isBad ? !losses.chance(1 / 3.0) : losses.chance(share / (1 - share) / 3)
                return isBad
            },
            delay: { _, _ in abs(generator.normal(5)) })
    }

    /// Nothing passes during each pause (start and length in ms); then everything comes at once.
    static func stalls(_ pauses: [(start: Double, length: Double)], seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        return make { _, sent in
            let delay = abs(generator.normal(8))
            for pause in pauses where (pause.start..<pause.start + pause.length).contains(sent + 40 + delay) {
                return pause.start + pause.length - sent - 40
            }
            return delay
        }
    }

    /// Contention and retries as on a busy wireless link: exponential service and pauses in which packets queue.
    static func wireless(seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        var pauses: [(start: Double, length: Double)] = []
        var time = 0.0
        while time < 60_000 {
            time += exponential(1500, &generator)
            pauses.append((time, min(400, exponential(22, &generator) + exponential(22, &generator))))
        }
        return make { _, sent in
            let delay = exponential(2, &generator)
            for pause in pauses where (pause.start..<pause.start + pause.length).contains(sent + 40 + delay) {
                return pause.start + pause.length - sent - 40
            }
            return delay
        }
    }

    static func step(_ height: Double, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        return make { index, _ in abs(generator.normal(8)) + (index >= 1500 ? height : 0) }
    }

    static func skew(_ parts: Double, seed: UInt64) -> ArrivalTrace {
        var generator = SeededGenerator(seed: seed)
        var trace = make { _, _ in abs(generator.normal(8)) }
        trace.arrivals = trace.arrivals.map { $0.map { $0 * (1 + parts * 1e-6) } }
        return trace
    }

    private static func exponential(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
        -mean * logarithm(Double.random(in: 0.000_01..<1, using: &generator))
    }

    // The natural logarithm without a C library: halve until near one, then a series.
    private static func logarithm(_ value: Double) -> Double {
        let (exponent, significand) = (Double(value.exponent), value.significand)
        let t = (significand - 1) / (significand + 1)
        var (sum, power) = (0.0, t)
        for odd in stride(from: 1.0, through: 21, by: 2) {
            sum += power / odd
            power *= t * t
        }
        return exponent * 0.693_147_180_559_945 + 2 * sum
    }
}

/// Plays a trace into a buffer and pulls sound every 10 ms as a sound card would.
struct TracePlayer {
    var hasFEC = false
    /// Level of packets from the sound's own header extension; nil without one.
    var level: (Int) -> UInt8? = { _ in nil }
    var firstSequence: UInt16 = 65_000
    var firstTimestamp: UInt32 = .max - 100_000

    /// What came out of a run.
    struct Result {
        var statistics = AudioJitterBuffer.Statistics()
        var heldAtEnd = 0
        /// Packets in the order they were handed out.
        var played: [Int] = []
        var fecSamples = 0
        var concealed = 0
        var total = 0
        var mostHeld = 0
        /// Milliseconds from sending to playing less the 40 of the path, of each packet played.
        var delays: [Double] = []
        /// The same by the second of play.
        var delayAt: [(time: Double, delay: Double)] = []

        var meanDelay: Double { delays.reduce(0, +) / Double(max(delays.count, 1)) }
        var concealedPercent: Double { 100 * Double(concealed) / Double(max(total, 1)) }
    }

    func play(_ trace: ArrivalTrace, _ configuration: AudioJitterBuffer.Configuration = .init()) -> Result {
        var buffer = AudioJitterBuffer(configuration)
        var order = trace.arrivals.enumerated().compactMap { index, time in time.map { (time: $0, index: index) } }
        order.sort { $0.time == $1.time ? $0.index < $1.index : $0.time < $1.time }
        var result = Result()
        var next = 0
        var decoded = 0
        let end = Double(trace.arrivals.count) * ArrivalTrace.frame + 40
        for tick in 0..<Int(end / 10) {
            // The card's clock has its own phase.
            let now = Double(tick) * 10 + 3.7
            while next < order.count, order[next].time <= now {
                insert(order[next].index, at: order[next].time, into: &buffer)
                next += 1
            }
            while decoded < 480 { decoded += pull(&buffer, at: now, ahead: decoded, &result) }
            decoded -= 480
            result.mostHeld = max(result.mostHeld, buffer.heldPackets)
        }
        result.statistics = buffer.statistics
        result.heldAtEnd = buffer.heldPackets
        return result
    }

    private func insert(_ index: Int, at time: Double, into buffer: inout AudioJitterBuffer) {
        var payload: [UInt8] = [0x78, 0, 0, 0]
        payload.append(uint32: UInt32(index))
        let packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(firstSequence) + index,
            timestamp: RTPTimestamp(firstTimestamp) + index * 960, samples: 960, hasFEC: hasFEC, level: level(index))
        buffer.insert(packet, payload: payload.span, arrival: Timestamp(nanoseconds: Int64(time * 1e6)))
    }

    private func pull(
        _ buffer: inout AudioJitterBuffer, at now: Double, ahead: Int, _ result: inout Result
    ) -> Int {
        let pull = buffer.pull(at: Timestamp(nanoseconds: Int64(now * 1e6)))
        switch pull {
        case .packet(let bytes, _):
            let index = Int(bytes.span.uint32(at: 4))
            result.played.append(index)
            let delay = now + Double(ahead) / 48 - Double(index) * ArrivalTrace.frame - 40
            result.delays.append(delay)
            result.delayAt.append((now, delay))
        case .fec(_, let samples): result.fecSamples += samples
        case .conceal(let samples): result.concealed += samples
        case .comfortNoise: break
        case .silence(let samples): if !result.played.isEmpty { result.concealed += samples }
        }
        if !result.played.isEmpty { result.total += pull.samples }
        return pull.samples
    }
}
