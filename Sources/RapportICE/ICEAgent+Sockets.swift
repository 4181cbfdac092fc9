import CNice

extension ICEAgent {
    /// The number that the next source attached to the executor's context will have.
    static func nextSourceNumber(_ context: OpaquePointer) -> guint {
        guard let probe = g_idle_source_new() else { return 0 }
        defer {
            g_source_destroy(probe)
            g_source_unref(probe)
        }
        return g_source_attach(probe, context) &+ 1
    }

    /// Lets libnice's sockets stay in the poll set while they are read; see `GLibExecutor.keepPolled`.
    ///
    /// libnice does not show its sources, but a context numbers its sources in turn: they are among those attached since
    /// this agent was made. To others of the same executor it does no harm.
    func keepSocketsPolled() {
        let end = Self.nextSourceNumber(executor.context)
        guard firstSourceNumber > 0, end > firstSourceNumber else { return }
        for number in max(firstSourceNumber, end - min(end, 1024))..<end {
            let source = g_main_context_find_source_by_id(executor.context, number)
            if let source { GLibExecutor.keepPolled(source) }
        }
    }
}
