import RapportBase
import RapportMedia
import RapportSession
import Testing

@testable import RapportSimulator

@Suite("Data in whole sessions over simulated links")
struct SessionDataTests {
    /// 600 kbit/s, 50 ms, a queue of 300 ms.
    private static let line = Bitrate.kilobits(600)
    private static let begin = Timestamp.seconds(6)
    private static let end = Timestamp.seconds(40)

    private struct Figures: CustomStringConvertible {
        var soundMedian = 0.0
        var soundP95 = 0.0
        var soundLost = 0.0
        var chatLongest = 0.0
        var chats = (sent: 0, arrived: 0)
        var bulk = 0.0
        var media = 0.0
        var frames = 0

        init(_ result: RunResult) {
            let trace = result.data
            let sound = trace.sound.sorted(from: begin, to: end)
            soundMedian = sound[sound.count / 2]
            soundP95 = sound[sound.count * 95 / 100]
            soundLost = 1 - Double(trace.soundArrived) / Double(max(trace.soundSent, 1))
            chatLongest = trace.chat.sorted(from: .zero, to: end).last ?? .infinity
            chats = (trace.chatSent, trace.chatArrived)
            bulk = trace.bulk.rate(from: begin, to: end) / 1000
            media = result.flows[0].media.rate(from: begin, to: end) / 1000
            frames = result.flows[0].frames
        }

        var description: String {
            "sound \(soundMedian) p95 \(soundP95) ms lost \(soundLost), chat \(chatLongest) ms of \(chats), "
                + "bulk \(bulk) media \(media) kbit/s, \(frames) frames"
        }
    }

    private func run(_ load: DataLoad, seed: UInt64) throws -> Figures {
        let scenario = Parts.single(
            .constant(Self.line), queue: Parts.dropTail(300, at: Self.line), seconds: 40)
        return Figures(try Simulator.runSessions(scenario, seed: seed, data: load))
    }

    @Test(
        "an endless file beside a call: sound as before, chat in time, pictures go on", arguments: [1, 2] as [UInt64])
    func beside(seed: UInt64) throws {
        let (plain, loaded) = (try run(DataLoad(), seed: seed), try run(DataLoad(bulk: 1100), seed: seed))
        let figures: Comment = "\(plain)\n\(loaded)"
        #expect(loaded.soundMedian <= plain.soundMedian + 5 && loaded.soundP95 <= plain.soundP95 + 10, figures)
        #expect(loaded.soundLost <= plain.soundLost + 0.002, figures)
        // 25 ms of way, the queue on the path, and what the pacer promises: two packets, a probe.
        #expect(loaded.chats.arrived >= loaded.chats.sent - 1 && loaded.chats.sent >= 40, figures)
        #expect(loaded.chatLongest <= 200, figures)
        #expect(loaded.bulk >= 0.045 * Self.line.kilobits, figures)
        #expect(loaded.media >= 0.8 * plain.media && loaded.frames >= plain.frames * 95 / 100, figures)
    }

    @Test("without pictures bulk fills the line", arguments: [1, 2] as [UInt64])
    func alone(seed: UInt64) throws {
        let (quiet, loaded) = (
            try run(DataLoad(sendsPictures: false), seed: seed),
            try run(DataLoad(bulk: 1100, sendsPictures: false), seed: seed)
        )
        let figures: Comment = "\(quiet)\n\(loaded)"
        #expect(quiet.bulk == 0 && quiet.frames == 0 && loaded.frames == 0, figures)
        #expect(loaded.bulk + loaded.media >= 0.85 * Self.line.kilobits, figures)
        #expect(loaded.soundLost <= 0.01 && loaded.soundP95 <= 100, figures)
        #expect(loaded.chatLongest <= 200 && loaded.chats.arrived >= loaded.chats.sent - 1, figures)
    }
}
