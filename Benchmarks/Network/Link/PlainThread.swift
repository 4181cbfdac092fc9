import BenchmarkSupport
import Glibc

/// A thread of the system, with a scheduling class of its own.
final class PlainThread {
    private final class Body {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }

    private var thread = pthread_t()

    init(_ work: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(work)).toOpaque()
        let error = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, body)
        if error != 0 { fail("no thread: \(String(cString: strerror(error)))") }
    }

    func join() { pthread_join(thread, nil) }
}
