import CNice
import Glibc
import Synchronization

/// A serial executor on a thread of its own that runs a GLib main context.
///
/// libnice attaches its sockets and timers to `context`, so what it has to say arrives where the session lives, with
/// no hop: a C callback enters an actor of this executor by `assumeIsolated`. Media clocks run on such executors too.
/// An executor lives until `stop`; it must outlive every actor and agent on it.
public final class GLibExecutor: SerialExecutor, TaskExecutor, Sendable {
    public let name: String
    // Written once in init; GMainContext and GSource calls used from other threads are thread-safe in GLib.
    nonisolated(unsafe) let context: OpaquePointer
    nonisolated(unsafe) private let jobSource: UnsafeMutablePointer<GSource>
    nonisolated(unsafe) private var thread: UnsafeMutablePointer<GThread>?
    private let threadIdentity = Atomic<UInt>(0)
    private let queue = Mutex(JobQueue())
    // Only ever touched on the executor's thread.
    nonisolated(unsafe) var timers = TimerQueue()
    nonisolated(unsafe) private var running: [UnownedJob] = []

    /// Starts the thread. `name` shows in process listings; Linux cuts it to 15 bytes.
    public init(name: String) {
        self.name = name
        guard let context = g_main_context_new(), let source = g_source_new(Self.jobFunctions, Self.sourceSize) else {
            preconditionFailure("GLib has no memory for a main context")
        }
        self.context = context
        jobSource = source
        setSourceData(source)
        g_source_attach(source, context)
        attachTimerSource()
        // The thread owns a reference of its own until it ends.
        let me = Unmanaged.passRetained(self).toOpaque()
        thread = g_thread_new(name, Self.threadBody, me)
    }

    deinit {
        g_source_destroy(jobSource)
        g_source_unref(jobSource)
        timers.closeSource()
        g_main_context_unref(context)
    }

    /// Nanoseconds of CLOCK_MONOTONIC, the clock of every timer here.
    public var now: Int64 { Self.monotonicNanoseconds() }

    static func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = queue.withLock { queue in
            precondition(!queue.isClosed, "a job came to a stopped executor")
            queue.jobs.append(job)
            defer { queue.isArmed = true }
            return !queue.isArmed
        }
        if mustWake { g_source_set_ready_time(jobSource, 0) }
    }

    /// SE-0471: asked first by `assumeIsolated` and the compiler's checks.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    public func checkIsolated() {
        precondition(isCurrent, "not on the executor's thread")
    }

    /// True on the executor's own thread.
    public var isCurrent: Bool { threadIdentity.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Runs `work` on the executor's thread, after what is queued already.
    public func perform(_ work: @escaping @Sendable () -> Void) {
        Task(executorPreference: self) { work() }
    }

    /// Runs what is queued, ends the loop and joins the thread. Timers that have not fired never will. Idempotent.
    public func stop() {
        let isFirst = queue.withLock { queue in
            defer { queue.isStopping = true }
            return !queue.isStopping
        }
        guard isFirst, let thread else { return }
        g_source_set_ready_time(jobSource, 0)
        if isCurrent { g_thread_unref(thread) } else { g_thread_join(thread) }
    }

    // MARK: The thread

    private struct JobQueue {
        var jobs: [UnownedJob] = []
        var isArmed = false
        var isStopping = false
        var isClosed = false
    }

    private func run() {
        threadIdentity.store(UInt(pthread_self()), ordering: .relaxed)
        // GIO's asynchronous calls come back to the context they were made under.
        g_main_context_push_thread_default(context)
        while !mayEnd() { g_main_context_iteration(context, 1) }
        g_main_context_pop_thread_default(context)
        timers.removeAll()
    }

    private func mayEnd() -> Bool {
        queue.withLock { queue in
            if queue.isStopping && queue.jobs.isEmpty { queue.isClosed = true }
            return queue.isClosed
        }
    }

    /// One batch a dispatch: jobs that enqueue jobs must not keep sockets and timers waiting.
    fileprivate func runJobs() {
        g_source_set_ready_time(jobSource, -1)
        queue.withLock { queue in
            swap(&queue.jobs, &running)
            queue.isArmed = false
        }
        // Not `isolatedTo:taskExecutor:`, which makes every call between actors of this executor a trip through the
        // queue: a task without a preference for this executor is then thought to have to switch.
        let me = asUnownedSerialExecutor()
        for job in running { job.runSynchronously(on: me) }
        running.removeAll(keepingCapacity: true)
    }

    // C functions are written here, in a nonisolated place: a closure carries the isolation of where it is written,
    // and the check in an isolated one stops the process on GLib's thread.
    private static let threadBody: GThreadFunc = { data in
        guard let data else { return nil }
        Unmanaged<GLibExecutor>.fromOpaque(data).takeRetainedValue().run()
        return nil
    }

    static let sourceSize = guint(MemoryLayout<GSource>.size)

    nonisolated(unsafe) private static let jobFunctions = makeFunctions { _, _, data in
        guard let data else { return 1 }
        Unmanaged<GLibExecutor>.fromOpaque(data).takeUnretainedValue().runJobs()
        return 1
    }

    /// GLib keeps the pointer as long as the source: these live as long as the program.
    static func makeFunctions(
        _ dispatch: @escaping @convention(c) (UnsafeMutablePointer<GSource>?, GSourceFunc?, gpointer?) -> gboolean
    ) -> UnsafeMutablePointer<GSourceFuncs> {
        let functions = UnsafeMutablePointer<GSourceFuncs>.allocate(capacity: 1)
        functions.initialize(to: GSourceFuncs())
        functions.pointee.dispatch = dispatch
        return functions
    }

    /// GLib hands a source's data to `dispatch` only when it has a callback; this one is never called.
    private func setSourceData(_ source: UnsafeMutablePointer<GSource>) {
        g_source_set_callback(source, { _ in 1 }, Unmanaged.passUnretained(self).toOpaque(), nil)
    }
}
