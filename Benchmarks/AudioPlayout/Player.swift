import Allocations
import RapportBase
import RapportMedia

/// Plays a trace through the jitter buffer and the playout's stretching, 10 ms at a time, as a sound card would.
struct Player {
    var hasFEC: Bool
    /// Where the sound card's steps lie against the sender's packets, in milliseconds.
    var phase: Double
    var voice: [Int16]
    var configuration = AudioJitterBuffer.Configuration()

    /// What a listener got.
    struct Outcome {
        /// Milliseconds from the moment a packet would arrive over the fastest path to the moment it is heard.
        var meanDelay = 0.0
        /// Percent of the trace's samples that were made up.
        var concealed = 0.0
        var inserted = 0.0
        var removed = 0.0
        var flushed: UInt64 = 0
        /// Heap allocations of all steps after the first second, and their number.
        var allocations: UInt64 = 0
        var steps = 0
        /// CPU time of a step in microseconds.
        var microseconds = 0.0
        /// Time and delay of each packet played.
        var series: [(time: Double, delay: Double)] = []
    }

    private static let packet = 960

    func play(_ trace: Trace) -> Outcome {
        let delays = trace.delays
        let arrivals = delays.enumerated().compactMap { index, delay in
            delay.map { (time: Double(index) * trace.packetMs + $0 + 40, index: index) }
        }.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
        var buffer = AudioJitterBuffer(configuration)
        var sound = PlayoutSound()
        var (next, series, scratch) = (0, [(time: Double, delay: Double)](), Scratch())
        var cost = Outcome()
        let clock = ContinuousClock()
        series.reserveCapacity(delays.count)
        for tick in 0..<Int((Double(delays.count) * trace.packetMs + 60) / 10) {
            let now = Double(tick) * 10 + phase
            while next < arrivals.count, arrivals[next].time <= now {
                insert(arrivals[next].index, at: arrivals[next].time, into: &buffer)
                next += 1
            }
            let (blocks, start) = (allocations_of_thread(), clock.now)
            step(&buffer, &sound, at: now, &scratch) { index, ahead in
                series.append((now, now + ahead - Double(index) * trace.packetMs - 40))
            }
            guard tick > 100 else { continue }
            cost.microseconds += (clock.now - start) / .microseconds(1)
            cost.allocations += allocations_of_thread() - blocks
            cost.steps += 1
        }
        var result = outcome(buffer.statistics, series, trace)
        (result.allocations, result.steps) = (cost.allocations, cost.steps)
        result.microseconds = cost.microseconds / Double(max(cost.steps, 1))
        return result
    }

    private struct Scratch {
        var payload: [UInt8] = []
        var decoded: [Int16] = []
        var played: [Int16] = []
    }

    private func step(
        _ buffer: inout AudioJitterBuffer, _ sound: inout PlayoutSound, at now: Double, _ scratch: inout Scratch,
        played: (Int, Double) -> Void
    ) {
        repeat {
            let report = sound.takeReport()
            let pull = buffer.pull(at: Timestamp(nanoseconds: Int64(now * 1e6)), report, payload: &scratch.payload)
            decode(pull, &scratch)
            if pull.source == .packet {
                played(index(scratch.payload), Double(report.samplesAhead - pull.skipped) / 48)
            }
            sound.append(scratch.decoded, for: pull)
        } while sound.samplesAhead < PlayoutSound.block
        scratch.played.removeAll(keepingCapacity: true)
        sound.take(into: &scratch.played)
    }

    // The payload is the packet's number: what a decoder would make of it is a piece of the voice.
    private func decode(_ pull: AudioPull, _ scratch: inout Scratch) {
        scratch.decoded.removeAll(keepingCapacity: true)
        switch pull.source {
        case .packet: append(index(scratch.payload), &scratch.decoded)
        case .fec: append(index(scratch.payload) - 1, &scratch.decoded)
        case .conceal, .comfortNoise:
            // Concealment of a kind: the last step again, fainter.
            for position in 0..<pull.samples {
                scratch.decoded.append(scratch.played.isEmpty ? 0 : scratch.played[position % scratch.played.count] / 2)
            }
        case .silence, .nothing: break
        }
    }

    private func append(_ index: Int, _ decoded: inout [Int16]) {
        let start = index * Self.packet % (voice.count - Self.packet)
        decoded.append(contentsOf: voice[start..<start + Self.packet])
    }

    private func index(_ payload: [UInt8]) -> Int { payload.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

    private func insert(_ index: Int, at time: Double, into buffer: inout AudioJitterBuffer) {
        let payload = (0..<4).map { UInt8(truncatingIfNeeded: index >> (24 - 8 * $0)) }
        let packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(65_000) + index, timestamp: RTPTimestamp(.max - 100_000) + index * 960,
            samples: Self.packet, hasFEC: hasFEC)
        buffer.insert(packet, payload: payload.span, arrival: Timestamp(nanoseconds: Int64(time * 1e6)))
    }

    private func outcome(
        _ statistics: AudioJitterBuffer.Statistics, _ series: [(time: Double, delay: Double)], _ trace: Trace
    ) -> Outcome {
        let all = Double(trace.delays.count * Self.packet)
        let drift = (trace.params.skew ?? 0) * 1e-6
        // A clock that runs fast or slow moves the fastest path; it is not delay.
        let least =
            trace.delays.enumerated().compactMap { index, delay in
                delay.map { $0 - drift * (Double(index) * trace.packetMs + 40) }
            }.min() ?? 0
        var result = Outcome()
        result.series = series.map { ($0.time, $0.delay - drift * $0.time - least) }
        result.meanDelay = result.series.map(\.delay).reduce(0, +) / Double(max(series.count, 1))
        result.concealed = 100 * Double(statistics.concealedSamples) / all
        result.inserted = 100 * Double(statistics.insertedSamplesForDeceleration) / all
        result.removed = 100 * Double(statistics.removedSamplesForAcceleration) / all
        result.flushed = statistics.drops[.skipped]
        return result
    }
}
