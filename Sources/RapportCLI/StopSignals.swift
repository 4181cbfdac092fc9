import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first asks politely, a second one ends the program.
final class StopSignals: Sendable {
    // Kept so that the handlers stay; nobody touches them again.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
    private let received: AsyncStream<Void>

    init() {
        let (received, tell) = AsyncStream.makeStream(of: Void.self)
        self.received = received
        let counter = SignalCounter()
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if counter.next() > 1 { exit(ExitStatus.interrupted.rawValue) }
                tell.yield()
            }
            source.resume()
            return source
        }
    }

    func first() async {
        for await _ in received { return }
    }
}

private final class SignalCounter: Sendable {
    private let value = Atomic<Int>(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
