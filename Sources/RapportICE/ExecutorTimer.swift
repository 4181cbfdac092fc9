import RapportBase

/// A timer of one executor, to be used on that executor's thread only; its action runs there.
///
/// A scheduled timer is kept alive by its executor. Deadlines are absolute, so a repeating timer does not drift.
public final class ExecutorTimer {
    private let executor: GLibExecutor
    private let action: () -> Void
    /// Nanoseconds of the executor's clock; meaningful while scheduled.
    public private(set) var deadline: Int64 = 0
    /// Repeats left out because the thread was more than `maximumBacklog` intervals late.
    public private(set) var skippedTicks: UInt64 = 0
    var position: Int?
    private var interval: Int64?
    private var isAboutToFire = false

    /// Late repeats are made up one by one, up to this many; the rest is skipped.
    public static let maximumBacklog: Int64 = 5

    init(executor: GLibExecutor, action: @escaping () -> Void) {
        self.executor = executor
        self.action = action
    }

    public var isScheduled: Bool { position != nil || isAboutToFire }

    /// Fires once at `deadline`, nanoseconds of the executor's clock, in place of what was scheduled.
    public func schedule(at deadline: Int64) {
        cancel()
        self.deadline = deadline
        executor.timers.insert(self)
    }

    /// Fires once, `delay` from now.
    public func schedule(after delay: Duration) {
        schedule(at: executor.now &+ max(0, delay.wholeNanoseconds))
    }

    /// Fires at `first` (default: one interval from now) and every `interval` from there on.
    public func schedule(every interval: Duration, startingAt first: Int64? = nil) {
        let step = interval.wholeNanoseconds
        precondition(step > 0, "a timer repeats after a positive time")
        schedule(at: first ?? executor.now &+ step)
        self.interval = step
    }

    /// No call of the action begins after this returns.
    public func cancel() {
        executor.checkIsolated()
        isAboutToFire = false
        interval = nil
        executor.timers.remove(self)
    }

    func becomeDue() { isAboutToFire = true }

    func fire(at now: Int64) {
        guard isAboutToFire else { return }
        isAboutToFire = false
        if let interval { repeatFrom(deadline, every: interval, now: now) }
        action()
    }

    private func repeatFrom(_ due: Int64, every interval: Int64, now: Int64) {
        deadline = due &+ interval
        let behind = (now &- deadline) / interval
        if behind > Self.maximumBacklog {
            skippedTicks &+= UInt64(behind)
            deadline = deadline &+ behind &* interval
        }
        executor.timers.insert(self)
    }
}
