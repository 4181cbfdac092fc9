import CNice

extension ICEAgent {
    /// Ends the session in any state: no event comes from here on. `completion` is called on the executor's thread
    /// once relays are given back, sockets closed and libnice's last callback is through. May be called again.
    public func close(completion: @escaping () -> Void = {}) {
        executor.checkIsolated()
        switch lifecycle {
        case .open:
            lifecycle = .closing([completion])
            detach()
            nice_agent_close_async(nice, Self.onRelaysReleased, Unmanaged.passUnretained(self).toOpaque())
        case .closing(let completions): lifecycle = .closing(completions + [completion])
        case .closed: completion()
        }
    }

    /// Ends the session; returns when nothing of it is left. On the executor's thread only.
    public func close() async {
        await withCheckedContinuation { continuation in
            close { continuation.resume() }
        }
    }

    /// libnice keeps a receive function, one that knows nothing of us: without any it would not read its sockets, and
    /// the answers of relays that are being released would stand there, waking the loop for ever.
    private func detach() {
        state = .closed
        onEvent = nil
        waitingEvents.removeAll()
        remote.waiting.removeAll()
        for handler in signalHandlers { rapport_disconnect(nice, handler) }
        signalHandlers.removeAll()
        nice_agent_attach_recv(nice, stream, 1, executor.context, { _, _, _, _, _, _ in }, nil)
        for timer in [timers.patience, timers.liveness, timers.delivery] { timer?.cancel() }
        timers = Timers()
        writability?.cancel()
        writability = nil
        multicastNames?.cancel()
        multicastNames = nil
    }

    private func relaysReleased() {
        nice_agent_remove_stream(nice, stream)
        // The barrier: an idle source of the lowest priority runs when all that was pending on the context is through.
        let barrier = g_idle_source_new()
        g_source_set_priority(barrier, G_PRIORITY_LOW)
        g_source_set_callback(barrier, Self.onBarrier, Unmanaged.passUnretained(self).toOpaque(), nil)
        g_source_attach(barrier, executor.context)
        g_source_unref(barrier)
    }

    private func finishClosing() {
        rapport_unref(nice)
        guard case .closing(let completions) = lifecycle else { return }
        lifecycle = .closed
        for completion in completions { completion() }
    }

    private static let onRelaysReleased: GAsyncReadyCallback = { _, _, data in
        guard let data else { return }
        Unmanaged<ICEAgent>.fromOpaque(data).takeUnretainedValue().relaysReleased()
    }

    private static let onBarrier: GSourceFunc = { data in
        guard let data else { return 0 }
        // The reference that `attachCallbacks` gave to libnice.
        Unmanaged<ICEAgent>.fromOpaque(data).takeRetainedValue().finishClosing()
        return 0
    }
}
