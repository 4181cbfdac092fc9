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
    nonisolated(unsafe) package let context: OpaquePointer
    nonisolated(unsafe) private let jobSource: UnsafeMutablePointer<GSource>
    nonisolated(unsafe) private var thread: UnsafeMutablePointer<GThread>?
    private let threadIdentity = Atomic<UInt>(0)
    private let queue = Mutex(JobQueue())
    // Only ever touched on the executor's thread.
    nonisolated(unsafe) var timers = TimerQueue()
    nonisolated(unsafe) private var running: [QueuedItem] = []

    /// Starts the thread. `name` shows in process listings; Linux cuts it to 15 bytes.
    public init(name: String) {
        self.name = name
        // The source has room for a pointer to this object behind it.
        let size = Self.sourceSize + guint(MemoryLayout<UnsafeMutableRawPointer>.size)
        guard let context = g_main_context_new(), let source = g_source_new(Self.jobFunctions, size) else {
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

    public func enqueue(_ job: consuming ExecutorJob) { append(.job(UnownedJob(job))) }

    private func append(_ item: QueuedItem) {
        let mustWake = queue.withLock { queue in
            precondition(!queue.isClosed, "a job came to a stopped executor")
            queue.items.append(item)
            defer { queue.isArmed = true }
            return !queue.isArmed
        }
        // On the executor's own thread the loop looks at the queue before it sleeps.
        if mustWake, !isCurrent { g_main_context_wakeup(context) }
    }

    /// SE-0471: asked first by `assumeIsolated` and the compiler's checks.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    public func checkIsolated() {
        precondition(isCurrent, "not on the executor's thread")
    }

    /// True on the executor's own thread.
    public var isCurrent: Bool { threadIdentity.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Runs `work` on the executor's thread, after what is queued already. Not a task: that would cost twice as much.
    public func perform(_ work: @escaping @Sendable () -> Void) { append(.work(work)) }

    /// Runs what is queued, ends the loop and joins the thread. Timers that have not fired never will. Idempotent.
    public func stop() {
        let isFirst = queue.withLock { queue in
            defer { queue.isStopping = true }
            return !queue.isStopping
        }
        guard isFirst, let thread else { return }
        g_main_context_wakeup(context)
        if isCurrent { g_thread_unref(thread) } else { g_thread_join(thread) }
    }

    // MARK: The thread

    private enum QueuedItem {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct JobQueue {
        var items: [QueuedItem] = []
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
            if queue.isStopping && queue.items.isEmpty { queue.isClosed = true }
            return queue.isClosed
        }
    }

    /// One batch a dispatch: jobs that enqueue jobs must not keep sockets and timers waiting.
    fileprivate func runJobs() {
        queue.withLock { queue in
            swap(&queue.items, &running)
            queue.isArmed = false
        }
        // Not `isolatedTo:taskExecutor:`, which makes every call between actors of this executor a trip through the
        // queue: a task without a preference for this executor is then thought to have to switch.
        let me = asUnownedSerialExecutor()
        for item in running {
            switch item {
            case .job(let job): job.runSynchronously(on: me)
            case .work(let work): work()
            }
        }
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

    // Asked before and after each sleep. A ready time would do as well, but each change of one wakes the loop once
    // more than needed: a write, a read and a poll for nothing.
    nonisolated(unsafe) private static let jobFunctions: UnsafeMutablePointer<GSourceFuncs> = {
        let functions = makeFunctions { _, _, data in
            guard let data else { return 1 }
            Unmanaged<GLibExecutor>.fromOpaque(data).takeUnretainedValue().runJobs()
            return 1
        }
        functions.pointee.prepare = { source, _ in GLibExecutor.hasJobs(source) }
        functions.pointee.check = { source in GLibExecutor.hasJobs(source) }
        return functions
    }()

    private static func hasJobs(_ source: UnsafeMutablePointer<GSource>?) -> gboolean {
        guard let source else { return 0 }
        let data = UnsafeMutableRawPointer(source + 1).load(as: UnsafeMutableRawPointer.self)
        let executor = Unmanaged<GLibExecutor>.fromOpaque(data).takeUnretainedValue()
        return executor.queue.withLock { $0.isArmed } ? 1 : 0
    }

    /// Spares two wake-ups of the loop for each dispatch: GLib takes the descriptors of a source that may not recurse
    /// out of its poll set while it is dispatched, and puts them back. Nothing here runs a context inside a dispatch.
    static func keepPolled(_ source: UnsafeMutablePointer<GSource>) { g_source_set_can_recurse(source, 1) }

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
        let me = Unmanaged.passUnretained(self).toOpaque()
        UnsafeMutableRawPointer(source + 1).storeBytes(of: me, as: UnsafeMutableRawPointer.self)
        g_source_set_callback(source, { _ in 1 }, me, nil)
    }
}
