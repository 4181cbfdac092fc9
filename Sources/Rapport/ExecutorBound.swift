import RapportICE

/// An actor that lives on a GLib executor, so that others can hand it work without waiting for it.
protocol ExecutorBound: Actor {
    nonisolated var executor: GLibExecutor { get }
}

extension ExecutorBound {
    /// Queues `work` behind what was posted before; returns at once.
    nonisolated func post(_ work: @escaping @Sendable (isolated Self) -> Void) {
        executor.perform { self.assumeIsolated { work($0) } }
    }
}
