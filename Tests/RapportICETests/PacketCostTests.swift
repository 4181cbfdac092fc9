import Glibc
import RapportBase
import Testing

@testable import RapportICE

@Suite("Cost of a datagram", .serialized)
struct PacketCostTests {
    /// One agent sends to another on the same thread, as fast as the receiver empties its socket.
    final class Run: @unchecked Sendable {
        static let total = 20_000
        static let wave = 50
        let executor: GLibExecutor
        let batched: Bool
        var sender: ICEAgent?
        var receiver: ICEAgent?
        var received = 0
        var sent = 0
        var start: timespec = timespec()
        var done: CheckedContinuation<Int64, Never>?
        let payload = [UInt8](repeating: 0x80, count: 1100 * Run.wave)
        let ranges = (0..<Run.wave).map { $0 * 1100..<($0 + 1) * 1100 }

        init(_ executor: GLibExecutor, batched: Bool) {
            self.executor = executor
            self.batched = batched
        }

        func begin(_ continuation: CheckedContinuation<Int64, Never>) throws {
            done = continuation
            sender = try make(controlling: true) { [unowned self] in receiver }
            receiver = try make(controlling: false) { [unowned self] in sender }
            guard let sender, let receiver else { return }
            try sender.setRemoteParameters(receiver.localParameters)
            try receiver.setRemoteParameters(sender.localParameters)
            try sender.startGathering()
            try receiver.startGathering()
        }

        private func make(controlling: Bool, _ other: @escaping () -> ICEAgent?) throws -> ICEAgent {
            try ICEAgent(configuration: .loopback(controlling: controlling), executor: executor) {
                [unowned self] event in
                switch event {
                case .candidate(let candidate): other()?.addRemoteCandidate(candidate)
                case .stateChanged(.completed): if controlling { ready() }
                case .datagram: take()
                case .stateChanged, .selectedPair, .gatheringComplete, .writable: break
                }
            }
        }

        private func ready() {
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
            sendWave()
        }

        private func sendWave() {
            sent += Self.wave
            payload.withUnsafeBytes { bytes in
                if batched {
                    sender?.sendBatch(bytes, ranges: ranges)
                } else {
                    for range in ranges { sender?.send(UnsafeRawBufferPointer(rebasing: bytes[range])) }
                }
            }
        }

        private func take() {
            received += 1
            guard received == sent else { return }
            if received < Self.total { return sendWave() }
            var end = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
            let spent = Int64(end.tv_sec - start.tv_sec) * 1_000_000_000 + Int64(end.tv_nsec - start.tv_nsec)
            receiver?.close { [self] in sender?.close { [self] in done?.resume(returning: spent) } }
        }
    }

    @Test(
        "20,000 datagrams of 1100 bytes arrive, sent one by one and in batches", .timeLimit(.minutes(1)),
        arguments: [false, true])
    func cost(_ batched: Bool) async throws {
        let executor = GLibExecutor(name: "test-cost")
        let run = Run(executor, batched: batched)
        let spent = await withCheckedContinuation { continuation in
            executor.perform {
                do { try run.begin(continuation) } catch { continuation.resume(returning: -1) }
            }
        }
        #expect(spent > 0 && run.received == Run.total)
        print(
            "\(batched ? "batch of 50" : "one by one"): \(Double(spent) / Double(Run.total) / 1000) µs CPU a datagram, sent and received"
        )
        executor.stop()
    }
}
