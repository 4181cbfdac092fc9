import RapportBase
import RapportCodecs
import RapportICE
import RapportMedia
import RapportRTP
import Synchronization
import Testing

@testable import Rapport

@Suite("AudioPipeline")
struct AudioPipelineTests {
    /// Counts the blocks that are played and the pulls that are asked for.
    private final class Tally: AudioSink {
        private let counts = Mutex((blocks: 0, pulls: 0))
        var blocks: Int { counts.withLock { $0.blocks } }
        var pulls: Int { counts.withLock { $0.pulls } }

        func play(_ frame: AudioFrame) { counts.withLock { $0.blocks += 1 } }
        func pull() { counts.withLock { $0.pulls += 1 } }
    }

    private func makePipeline(_ tally: Tally) async throws -> AudioPipeline {
        let port = AudioPort(send: { _ in }, pull: { _ in tally.pull() }, askForLine: {})
        let pipeline = try AudioPipeline(executor: MediaExecutors.audio, clock: SessionClock(), port: port)
        await pipeline.setSink(tally)
        return pipeline
    }

    private let sound = AudioPull(.silence, samples: 960)

    @Test("ticks that come late and close together wait for the answer, and nothing is put in its place")
    func lateTicks() async throws {
        let tally = Tally()
        let pipeline = try await makePipeline(tally)
        await pipeline.play()
        #expect(tally.blocks == 0 && tally.pulls == 1)
        await pipeline.receive(sound, [])
        #expect(tally.blocks == 1)
        await pipeline.play()
        await pipeline.receive(AudioPull(.nothing, samples: 0), [])
        #expect(tally.blocks == 2 && tally.pulls == 2)
        // The thread was held up for 30 ms: three ticks before the answer.
        for _ in 0..<3 { await pipeline.play() }
        #expect(tally.blocks == 2 && tally.pulls == 3)
        await pipeline.receive(sound, [])
        #expect(tally.blocks == 4 && tally.pulls == 4)
        await pipeline.receive(sound, [])
        let underruns = await pipeline.statistics().underruns
        #expect(tally.blocks == 5 && tally.pulls == 4 && underruns == 0)
    }

    @Test("where no answer comes there is silence, and what is owed stays bounded")
    func missingAnswer() async throws {
        let tally = Tally()
        let pipeline = try await makePipeline(tally)
        for _ in 0..<20 { await pipeline.play() }
        let underruns = await pipeline.statistics().underruns
        #expect(tally.pulls == 1)
        #expect(tally.blocks == 20 - AudioPipeline.maximumOwedBlocks && underruns == tally.blocks)
        await pipeline.receive(AudioPull(.silence, samples: 4800), [])
        #expect(tally.blocks == 20 && tally.pulls == 1)
    }

    /// A device's ends: their clock is the test's.
    private final class Driven: AudioSink {
        let clock = AudioBeat()
        private let blocks = Mutex(0)
        var count: Int { blocks.withLock { $0 } }
        var beat: AudioBeat? { clock }
        func play(_ frame: AudioFrame) { blocks.withLock { $0 += 1 } }
    }

    private struct DrivenSource: AudioSource {
        let clock: AudioBeat
        let tally: Tally
        var beat: AudioBeat? { clock }
        var echoSummary: String? { "no echo found" }
        mutating func read() -> AudioFrame? {
            tally.pull()
            return .silence()
        }
    }

    @Test("with devices each direction goes by its device's clock, and only while it is on")
    func devices() async throws {
        let (captured, sent, sink, clock) = (Tally(), Tally(), Driven(), AudioBeat())
        let port = AudioPort(send: { _ in sent.pull() }, pull: { _ in }, askForLine: {})
        let pipeline = try AudioPipeline(executor: MediaExecutors.audio, clock: SessionClock(), port: port)
        await pipeline.setSource(DrivenSource(clock: clock, tally: captured))
        await pipeline.setSink(sink)
        func strike(_ beat: AudioBeat, _ count: Int) async {
            await withCheckedContinuation { done in
                MediaExecutors.audio.perform {
                    for _ in 0..<count { beat.strike() }
                    done.resume()
                }
            }
        }
        await strike(clock, 4)
        #expect(captured.pulls == 0)
        await pipeline.setDirections(sends: true, receives: true)
        await strike(clock, 6)
        #expect(captured.pulls == 6 && sent.pulls == 3)
        await strike(sink.clock, 2)
        await pipeline.receive(AudioPull(.silence, samples: 960), [])
        #expect(sink.count == 2)
        #expect(await pipeline.statistics().echo == "no echo found")
        await pipeline.stop()
        await strike(clock, 4)
        #expect(captured.pulls == 6)
    }

    /// Gives one block, different in the two channels, and keeps what is sent.
    private struct TwoChannels: AudioSource {
        mutating func read() -> AudioFrame? {
            AudioFrame(samples: (0..<960).map { $0 % 2 == 0 ? 8_000 : -2_000 }, channels: 2)
        }
    }

    private final class Sent: Sendable {
        private let packets = Mutex([EncodedAudio]())
        func append(_ packet: EncodedAudio) { packets.withLock { $0.append(packet) } }
        var isStereo: [Bool] { packets.withLock { $0.map { OpusPayload.isStereo($0.bytes.span) } } }
    }

    @Test("RFC 7587 section 6.1: music goes out in two channels to a peer that asks for two, speech and others get one")
    func sentChannels() async throws {
        let sent = Sent()
        let port = AudioPort(send: { sent.append($0) }, pull: { _ in }, askForLine: {})
        let pipeline = try AudioPipeline(executor: MediaExecutors.audio, clock: SessionClock(), port: port)
        let clock = AudioBeat()
        await pipeline.setSource(DrivenTwoChannels(clock: clock))
        await pipeline.setDirections(sends: true, receives: false)
        func packets(_ count: Int) async -> [Bool] {
            let before = sent.isStereo.count
            await withCheckedContinuation { done in
                MediaExecutors.audio.perform {
                    while sent.isStereo.count < before + count { clock.strike() }
                    done.resume()
                }
            }
            return Array(sent.isStereo[before...])
        }
        #expect(await packets(3) == [false, false, false])
        await pipeline.setContent(.music, mostBitrate: nil)
        #expect(await packets(3) == [false, false, false])
        await pipeline.setPeer(takesStereo: true)
        #expect(await packets(3) == [true, true, true])
        await pipeline.setContent(.speech, mostBitrate: nil)
        #expect(await packets(2) == [false, false])
        #expect(await pipeline.statistics().encodeErrors == 0)
        await pipeline.stop()
    }

    private struct DrivenTwoChannels: AudioSource {
        let clock: AudioBeat
        var source = TwoChannels()
        var beat: AudioBeat? { clock }
        init(clock: AudioBeat) { self.clock = clock }
        mutating func read() -> AudioFrame? { source.read() }
    }

    /// A sink of two channels that keeps what it is given.
    private final class Pair: AudioSink {
        private let frames = Mutex([AudioFrame]())
        var channels: Int { 2 }
        var all: [AudioFrame] { frames.withLock { $0 } }
        func play(_ frame: AudioFrame) { frames.withLock { $0.append(frame) } }
    }

    @Test("a sink of two channels is given two, of packets with two and of concealment alike")
    func playedChannels() async throws {
        var encoder = try OpusEncoder(
            configuration: OpusEncoderConfiguration(channels: 2, application: .audio, inbandFEC: false))
        let sink = Pair()
        let port = AudioPort(send: { _ in }, pull: { _ in }, askForLine: {})
        let pipeline = try AudioPipeline(executor: MediaExecutors.audio, clock: SessionClock(), port: port)
        await pipeline.setSink(sink)
        for index in 0..<10 {
            var bytes: [UInt8] = []
            // A tone on the left, nothing on the right.
            let tone = (0..<960).flatMap { sample -> [Int16] in
                [(index * 960 + sample) % 96 < 48 ? 6_000 : -6_000, 0]
            }
            _ = try encoder.encode(tone, into: &bytes)
            await pipeline.play()
            await pipeline.receive(AudioPull(.packet, samples: 960), bytes)
            await pipeline.play()
        }
        await pipeline.play()
        await pipeline.receive(AudioPull(.conceal, samples: 480), [])
        let frames = sink.all
        #expect(frames.count == 21 && frames.allSatisfy { $0.channels == 2 && $0.samples.count == 960 })
        #expect(await pipeline.statistics().decodeErrors == 0)
        func energy(_ channel: Int) -> Int {
            let last = frames[10..<20].flatMap(\.samples)
            return stride(from: channel, to: last.count, by: 2).reduce(0) { $0 + Int(last[$1]) * Int(last[$1]) }
        }
        #expect(energy(0) > 20 * energy(1))
        var mono: [Int16] = [1]
        AudioPipeline.mix([10, 20, -4, -8], into: &mono)
        #expect(mono == [1, 15, -6])
        await pipeline.stop()
    }
}
