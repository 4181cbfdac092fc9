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

/// Plays a trace into a buffer and pulls sound every 10 ms as a sound card would, with the real stretching of time on a
/// synthetic voice.
struct TracePlayer {
    var hasFEC = false
    var firstSequence: UInt16 = 65_000
    var firstTimestamp: UInt32 = .max - 100_000
    /// When the card takes its steps.
    var phase = 3.7
    /// From this packet on media time is further by so many samples.
    var mediaJump: (from: Int, samples: Int)?

    /// What came out of a run.
    struct Result {
        var statistics = AudioJitterBuffer.Statistics()
        var heldAtEnd = 0
        /// Packets in the order they were handed out.
        var played: [Int] = []
        var fecSamples = 0
        var concealed = 0
        var total = 0
        /// Samples played since the first packet, and samples left when the trace was over.
        var heard = 0
        var left = 0
        var inserted = 0
        var removed = 0
        var mostHeld = 0
        /// Milliseconds from sending to playing less the 40 of the path, of each packet played.
        var delays: [Double] = []
        /// The same by the time of play.
        var delayAt: [(time: Double, delay: Double)] = []

        var meanDelay: Double { delays.reduce(0, +) / Double(max(delays.count, 1)) }
        var concealedPercent: Double { 100 * Double(concealed) / Double(max(total, 1)) }
    }

    private struct State: ~Copyable {
        var buffer: AudioJitterBuffer
        var sound = PlayoutSound()
        var payload: [UInt8] = []
        var decoded: [Int16] = []
        var block: [Int16] = []
        var result = Result()
    }

    func play(_ trace: ArrivalTrace, _ configuration: AudioJitterBuffer.Configuration = .init()) -> Result {
        var state = State(buffer: AudioJitterBuffer(configuration))
        var order = trace.arrivals.enumerated().compactMap { index, time in time.map { (time: $0, index: index) } }
        order.sort { $0.time == $1.time ? $0.index < $1.index : $0.time < $1.time }
        var next = 0
        let end = Double(trace.arrivals.count) * ArrivalTrace.frame + 40
        for tick in 0..<Int(end / 10) {
            let now = Double(tick) * 10 + phase
            while next < order.count, order[next].time <= now {
                insert(order[next].index, at: order[next].time, into: &state.buffer)
                next += 1
            }
            step(&state, at: now)
        }
        state.result.statistics = state.buffer.statistics
        state.result.heldAtEnd = state.buffer.heldPackets
        state.result.left = state.sound.samplesAhead
        return state.result
    }

    private func insert(_ index: Int, at time: Double, into buffer: inout AudioJitterBuffer) {
        var payload: [UInt8] = [0x78, 0, 0, 0]
        payload.append(uint32: UInt32(index))
        let jump = mediaJump.map { index >= $0.from ? $0.samples : 0 } ?? 0
        let packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(firstSequence) + index,
            timestamp: RTPTimestamp(firstTimestamp) + index * 960 + jump, samples: 960, hasFEC: hasFEC)
        buffer.insert(packet, payload: payload.span, arrival: Timestamp(nanoseconds: Int64(time * 1e6)))
    }

    private func step(_ state: inout State, at now: Double) {
        repeat {
            let report = state.sound.takeReport()
            let pull = state.buffer.pull(
                at: Timestamp(nanoseconds: Int64(now * 1e6)), report, payload: &state.payload)
            state.result.inserted += report.inserted
            state.result.removed += report.removed
            state.decoded.removeAll(keepingCapacity: true)
            take(pull, report, at: now, &state)
            state.sound.append(state.decoded, for: pull)
        } while state.sound.samplesAhead < PlayoutSound.block
        state.block.removeAll(keepingCapacity: true)
        state.sound.take(into: &state.block)
        if !state.result.played.isEmpty { state.result.heard += PlayoutSound.block }
    }

    private func take(_ pull: AudioPull, _ report: PlayoutReport, at now: Double, _ state: inout State) {
        switch pull.source {
        case .packet:
            let index = Int(state.payload.span.uint32(at: 4))
            state.decoded.append(contentsOf: SyntheticVoice.packet(index))
            state.result.played.append(index)
            let ahead = Double(report.samplesAhead - pull.skipped) / 48
            let delay = now + ahead - Double(index) * ArrivalTrace.frame - 40
            state.result.delays.append(delay)
            state.result.delayAt.append((now, delay))
        case .fec:
            state.decoded.append(contentsOf: SyntheticVoice.packet(Int(state.payload.span.uint32(at: 4)) - 1))
            state.result.fecSamples += pull.added
        case .conceal, .silence:
            state.decoded.append(contentsOf: repeatElement(0, count: pull.samples))
            if !state.result.played.isEmpty { state.result.concealed += pull.samples }
        case .comfortNoise: state.decoded.append(contentsOf: repeatElement(0, count: pull.samples))
        case .nothing: break
        }
        if !state.result.played.isEmpty { state.result.total += pull.added }
    }
}
