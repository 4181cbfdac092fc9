import Rapport
import RapportAudio
import RapportBase
import RapportICE
import Testing

@testable import RapportDevices

/// Synthetic devices: blocks and requests by arithmetic, no daemon.
@Suite("Between device and connections", .serialized)
struct DeviceCoreTests {
    private static let step: Int64 = 10_000_000

    /// Everything here happens on the audio thread.
    private func run(_ body: @escaping @Sendable () -> Void) async { await onAudioThread(body) }

    @Test("what the canceller is given is what was handed over, sample for sample, with every kind of gap")
    func exact() async {
        await run {
            let core = DeviceCore(voice: nil)
            var (played, given): ([Int16], [Int16]) = ([], [])
            core.onPlayed = { played += Array($0) }
            core.onReference = { given += $0 }
            let sink = core.makeSink()
            let source = Source(seed: 5)
            sink.beat?.add(source) {
                // Every seventh block is not ready in time.
                if let block = source.next(skippingEvery: 7) { sink.play(AudioFrame(samples: block)) }
            }
            var now: Int64 = 0
            for tick in 0..<1_000 {
                now += Self.step
                // The device asks for 5 ms and 15 ms in turns; now and then 4 ms of it are late.
                let wanted = tick % 2 == 0 ? 240 : 720
                var buffer = [Int16](repeating: -1, count: wanted)
                buffer.withUnsafeMutableBufferPointer { buffer in
                    if let base = buffer.baseAddress {
                        core.fill(base, count: wanted, late: tick % 90 == 5 ? 192 : 0, at: now)
                    }
                }
                core.captured(nil, count: 480, at: now)
                core.watch(at: now)
            }
            let start = given.firstIndex { $0 != 0 } ?? 0, from = played.firstIndex { $0 != 0 } ?? 0
            let overlap = min(given.count - start, played.count - from)
            #expect(overlap > 450_000)
            let isEqual = given[start..<start + overlap] == played[from..<from + overlap]
            #expect(isEqual)
            let summary = core.summary()
            #expect(summary.missingBlocks > 20 && summary.lateSamples > 2_000 && summary.referenceSlips == 0)
            #expect(summary.standInBlocks == 0 && summary.refusedBlocks == 0)
        }
    }

    private final class Source {
        var noise: Noise
        var count = 0
        init(seed: UInt64) { noise = Noise(seed: seed) }

        func next(skippingEvery period: Int) -> [Int16]? {
            count += 1
            return count % period == 0 ? nil : noise.block()
        }
    }

    @Test("muted is digital silence, and the meter still shows the person")
    func mute() async {
        await run {
            let core = DeviceCore(voice: nil)
            let loud = [Int16](repeating: 0, count: 480).indices.map { Int16($0 % 2 == 0 ? 9_000 : -9_000) }
            core.isMuted = true
            for tick in 0..<50 {
                loud.withUnsafeBufferPointer { core.captured($0.baseAddress, count: 480, at: Int64(tick) * Self.step) }
                #expect(core.block.samples.allSatisfy { $0 == 0 })
            }
            #expect(core.summary().microphoneLevel.peak > -20 && core.summary().sentLevel.peak == -120)
            core.isMuted = false
            loud.withUnsafeBufferPointer { core.captured($0.baseAddress, count: 480, at: 51 * Self.step) }
            let isEqual = core.block.samples == loud
            #expect(isEqual)
        }
    }

    @Test("fragments of any length make whole blocks", arguments: [1, 7, 479, 480, 481, 1_000])
    func fragments(length: Int) async {
        await run {
            let core = DeviceCore(voice: nil)
            var noise = Noise(seed: 3)
            var heard: [Int16] = []
            var given: [Int16] = []
            let owner = Source(seed: 1)
            core.captureBeat.add(owner) { heard += core.block.samples }
            while given.count < 48_000 {
                let piece = (0..<length).map { _ in noise.sample(1_000) }
                piece.withUnsafeBufferPointer {
                    core.captured($0.baseAddress, count: length, at: Int64(given.count) * 20_833)
                }
                given += piece
            }
            #expect(heard.count >= 48_000 - 480)
            let isEqual = heard == Array(given[..<heard.count])
            #expect(isEqual)
        }
    }

    @Test("without any device both beats go on, and nothing is heard")
    func standIn() async {
        await run {
            let core = DeviceCore(voice: nil)
            let sink = core.makeSink()
            let owner = Source(seed: 1)
            var (captures, plays) = (0, 0)
            core.captureBeat.add(owner) { captures += 1 }
            sink.beat?.add(owner) { plays += 1 }
            for tick in 0..<300 { core.watch(at: Int64(tick) * Self.step) }
            #expect(captures > 280 && plays > 280 && captures <= 300 && plays <= 300)
            #expect(core.block.samples.allSatisfy { $0 == 0 })
        }
    }

    @Test("a queue grows when it runs dry, is bounded, and shrinks when nothing was missing for long")
    func queue() async {
        await run {
            let core = DeviceCore(voice: nil)
            let sink = core.makeSink()
            let owner = Source(seed: 9)
            // The device asks for 40 ms at a time; the answers come after it.
            var owed = 0
            sink.beat?.add(owner) { owed += 1 }
            var deepest = 0
            var now: Int64 = 0
            func ask(_ blocks: Int) {
                now += Int64(blocks) * Self.step
                var buffer = [Int16](repeating: 0, count: blocks * 480)
                buffer.withUnsafeMutableBufferPointer { buffer in
                    if let base = buffer.baseAddress { core.fill(base, count: buffer.count, late: 0, at: now) }
                }
                while owed > 0 {
                    owed -= 1
                    sink.play(AudioFrame(samples: [Int16](repeating: 5, count: 480)))
                }
                deepest = max(deepest, sink.count)
            }
            for _ in 0..<100 { ask(4) }
            let missing = sink.missing
            #expect(sink.count >= 4 && deepest <= LoudspeakerSink.capacity && sink.dropped == 0)
            for _ in 0..<500 { ask(1) }
            for _ in 0..<4_000 { ask(1) }
            #expect(sink.missing == missing && sink.count <= 2, "\(sink.count)")
        }
    }

    @Test("several people are heard at once, and nobody who has gone")
    func mix() async {
        await run {
            let core = DeviceCore(voice: nil)
            let people = (0..<3).map { _ in core.makeSink() }
            let owner = Source(seed: 2)
            for (index, sink) in people.enumerated() {
                let block = AudioFrame(samples: [Int16](repeating: Int16(100 << index), count: 480))
                sink.beat?.add(owner) { sink.play(block) }
            }
            var now: Int64 = 0
            func heard() -> Int16 {
                now += Self.step
                var buffer = [Int16](repeating: -1, count: 480)
                buffer.withUnsafeMutableBufferPointer { buffer in
                    if let base = buffer.baseAddress { core.fill(base, count: 480, late: 0, at: now) }
                }
                return buffer[240]
            }
            for _ in 0..<20 { _ = heard() }
            let all = heard()
            core.remove(people[1])
            let two = heard()
            #expect(all == 700 && two == 500)
        }
    }

    @Test("only a latency that the canceller cannot bridge moves what was played")
    func latency() async {
        await run {
            let core = DeviceCore(voice: nil)
            core.latencyIs(playback: .milliseconds(40), capture: .milliseconds(20))
            #expect(core.summary().referenceHold == .milliseconds(20))
            core.latencyIs(playback: .milliseconds(280), capture: .milliseconds(30))
            #expect(core.summary().referenceHold == .milliseconds(250))
            core.latencyIs(playback: .milliseconds(300), capture: .milliseconds(30))
            #expect(core.summary().referenceHold == .milliseconds(250))
            core.latencyIs(playback: nil, capture: .milliseconds(30))
            #expect(core.summary().referenceHold == .milliseconds(250))
            core.latencyIs(playback: .milliseconds(40), capture: .milliseconds(20))
            #expect(core.summary().referenceHold == .milliseconds(20))
        }
    }
}
