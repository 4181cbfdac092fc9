import CNice

extension GLibExecutor {
    /// A timer that is not scheduled yet. On the executor's thread only.
    public func makeTimer(_ action: @escaping () -> Void) -> ExecutorTimer {
        checkIsolated()
        return ExecutorTimer(executor: self, action: action)
    }

    /// Runs `action` once on this thread, `delay` from now. On the executor's thread only.
    @discardableResult
    public func addTimer(after delay: Duration, _ action: @escaping () -> Void) -> ExecutorTimer {
        let timer = makeTimer(action)
        timer.schedule(after: delay)
        return timer
    }

    /// Runs `action` on this thread every `interval`, by an absolute schedule. On the executor's thread only.
    @discardableResult
    public func addTimer(every interval: Duration, _ action: @escaping () -> Void) -> ExecutorTimer {
        let timer = makeTimer(action)
        timer.schedule(every: interval)
        return timer
    }

    func attachTimerSource() {
        guard let source = timers.open(Self.timerFunctions) else {
            preconditionFailure("the system has no timer descriptor left")
        }
        g_source_set_callback(source, { _ in 1 }, Unmanaged.passUnretained(self).toOpaque(), nil)
        g_source_attach(source, context)
    }

    fileprivate func fireTimers() {
        let now = self.now
        var due: [ExecutorTimer] = []
        timers.beginFiring(at: now, into: &due)
        // All are marked first: one action may cancel or move another that is due in the same moment.
        for timer in due { timer.becomeDue() }
        for timer in due { timer.fire(at: now) }
        timers.endFiring()
    }

    nonisolated(unsafe) private static let timerFunctions = makeFunctions { _, _, data in
        guard let data else { return 1 }
        Unmanaged<GLibExecutor>.fromOpaque(data).takeUnretainedValue().fireTimers()
        return 1
    }
}
