import RapportBase
import RapportMedia
import Testing

@testable import Rapport

/// A call begins with what the last one learnt of the path.
@Suite("Calls one after the other", .serialized, .timeLimit(.minutes(1)))
struct PathMemoryTests {
    /// What sound and headers leave for pictures.
    private static func pictures(of total: Bitrate) -> Bitrate {
        BitrateAllocation.video(of: total, sounds: 1, demands: [.init()])[0]
    }

    /// A moment of a call, as the offerer's statistics tell it.
    private struct Moment {
        var framesSent: Int
        var estimate: Bitrate
        var encoder: Bitrate

        init?(_ report: StatisticsReport) {
            guard let video = report.outbound(.video), let encoder = video.targetBitrate else { return nil }
            framesSent = video.framesSent ?? 0
            self.encoder = Bitrate(bitsPerSecond: Int(encoder))
            estimate = Bitrate(bitsPerSecond: Int(report.candidatePair?.availableOutgoingBitrate ?? 0))
        }
    }

    /// The encoder's rate before anything was sent, and what followed, a moment for each picture that came through.
    private func run(_ memory: PathMemory?, pictures: Int) async throws -> (Moment, [Moment], PathMemory?) {
        let call = try await LoopbackCall.connect(pathMemory: memory)
        let first = try #require(Moment(call.agreed))
        var moments: [Moment] = []
        for count in 1...pictures {
            _ = await call.answererSaw.widths.values(atLeast: count)
            if let moment = Moment(await call.offerer.statistics()) { moments.append(moment) }
        }
        let learnt = await call.offerer.pathMemory
        await call.close()
        return (first, moments, learnt)
    }

    @Test("the second call begins at the rate that the first one left, its encoder with the first picture")
    func secondCall() async throws {
        let (before, _, learnt) = try await run(nil, pictures: 60)
        let start = PeerConnectionConfiguration().startBitrate
        #expect(before.framesSent == 0 && before.encoder == Self.pictures(of: start))
        let memory = try #require(learnt)
        #expect(memory.rate >= .kilobits(1400), "\(memory)")
        let (first, moments, _) = try await run(memory, pictures: 30)
        // Seven tenths of it at once, the rest by a probe.
        let least = memory.rate * 0.7
        #expect(first.framesSent == 0 && first.encoder >= Self.pictures(of: least) * 0.99, "\(first)")
        #expect(moments.allSatisfy { $0.estimate >= least * 0.99 }, "\(moments)")
        // Half a second of pictures.
        let full = try #require(moments.first { $0.estimate >= memory.rate * 0.95 })
        #expect(full.framesSent <= 15, "\(full)")
    }

    @Test("what is remembered decides the first rate, not what the path carries", arguments: [500, 900])
    func remembered(kilobits: Int) async throws {
        let memory = PathMemory(rate: .kilobits(kilobits), roundTrip: .milliseconds(1))
        let (first, moments, _) = try await run(memory, pictures: 1)
        let expected = Self.pictures(of: memory.rate * 0.7)
        #expect(first.framesSent == 0 && first.encoder <= expected && first.encoder >= expected * 0.99, "\(first)")
        #expect(!moments.isEmpty)
    }
}
