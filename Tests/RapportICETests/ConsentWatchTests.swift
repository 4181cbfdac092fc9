import RapportBase
import Testing

@testable import RapportICE

@Suite struct ConsentWatchTests {
    @Test("Sending without a word from the other side is counted, and any word ends the count")
    func unanswered() {
        var watch = ConsentWatch()
        watch.note(sent: 100, received: 3, after: .seconds(1))
        #expect(watch.unanswered == .zero)
        for second in 1...30 { watch.note(sent: UInt64(100 + second * 50), received: 3, after: .seconds(1)) }
        #expect(watch.unanswered == .seconds(30))
        watch.note(sent: 2000, received: 4, after: .seconds(1))
        #expect(watch.unanswered == .zero)
    }

    @Test("Who hardly sends harms nobody: a call on hold is not ended")
    func hold() {
        var watch = ConsentWatch()
        for second in 1...100 { watch.note(sent: UInt64(second * 2), received: 0, after: .seconds(1)) }
        #expect(watch.unanswered == .zero)
    }

    @Test("A peer that never says anything loses its consent although its stream was never steady (RFC 7675)")
    func neverSteady() async throws {
        let executor = GLibExecutor(name: "test-watch")
        let pair = try await Pair(on: executor, executor) {
            $0.disconnectedAfter = .milliseconds(100)
            $0.failedAfter = .milliseconds(400)
        }
        try await pair.connect()
        let sender = pair.offerer
        let flood = Task {
            while !Task.isCancelled { if await sender.send([0x80]) { await Task.yield() } }
        }
        try await pair.offerer.wait("failed") { $0.contains(.state(.failed)) }
        flood.cancel()
        await pair.close()
        executor.stop()
    }
}
