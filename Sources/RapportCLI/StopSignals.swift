import Dispatch
import Foundation

/// Ctrl-C and SIGTERM: the first asks politely, a second one ends the program.
final class StopSignals: Sendable {
    private let sources: [any DispatchSourceSignal]
    private let received: AsyncStream<Void>

    init() {
        let (received, tell) = AsyncStream.makeStream(of: Void.self)
        self.received = received
        let counter = Counter()
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

    private final class Counter: @unchecked Sendable {
        // Only touched by the handlers, which dispatch runs one after the other for a process's signals.
        private let lock = NSLock()
        private var value = 0

        func next() -> Int {
            lock.withLock {
                value += 1
                return value
            }
        }
    }
}
