import CNice
import RapportBase

extension ICEAgent {
    /// libnice's component states in the words of the W3C; its CONNECTED is the first usable pair, before READY.
    func componentChanged(to nice: NiceComponentState) {
        guard isOpen else { return }
        switch nice {
        case NICE_COMPONENT_STATE_CONNECTING: move(to: .checking)
        case NICE_COMPONENT_STATE_CONNECTED: becameUsable(.connected)
        case NICE_COMPONENT_STATE_READY: becameUsable(.completed)
        case NICE_COMPONENT_STATE_FAILED: checksFailed()
        default: break  // a C enum; DISCONNECTED and GATHERING are our `new`
        }
    }

    func move(to next: ICEConnectionState) {
        guard next != state else { return }
        state = next
        raise(.stateChanged(next))
    }

    private func becameUsable(_ next: ICEConnectionState) {
        timers.patience?.cancel()
        startWatchingLiveness()
        move(to: next)
    }

    /// RFC 8863 section 4: while checks may still come in from addresses not signalled, a lost check list is not the
    /// end; a path that was in use and lost its consent (RFC 7675 section 5.1) is.
    private func checksFailed() {
        switch state {
        case .connected, .completed, .disconnected: move(to: .failed)
        case .new, .checking:
            if timers.patience?.isScheduled != true { move(to: .failed) }
        case .failed, .closed: break
        }
    }

    /// RFC 8863 section 4: the timer runs from when checks could begin.
    func beginPatience() {
        guard state == .new || state == .checking else { return }
        let timer = timers.patience ?? executor.makeTimer { [weak self] in self?.patienceEnded() }
        timers.patience = timer
        guard !timer.isScheduled else { return }
        timer.schedule(after: configuration.patience)
    }

    private func patienceEnded() {
        switch state {
        case .new, .checking: move(to: .failed)
        case .connected, .completed, .disconnected, .failed, .closed: break
        }
    }

    // MARK: Silence

    private func startWatchingLiveness() {
        guard let limit = configuration.disconnectedAfter, timers.liveness == nil else { return }
        let monitor = LivenessMonitor(limit: limit)
        liveness = monitor
        timers.liveness = executor.addTimer(every: monitor.interval) { [weak self] in self?.checkLiveness() }
    }

    private func checkLiveness() {
        guard let isSilent = liveness?.isSilent(received: counters.datagramsReceived), let liveness else { return }
        consent.note(sent: counters.datagramsSent, received: counters.datagramsReceived, after: liveness.interval)
        let isLost = consent.unanswered >= configuration.failedAfter
        switch state {
        case .connected, .completed: if isLost { move(to: .failed) } else if isSilent { move(to: .disconnected) }
        case .disconnected: if isLost || liveness.silence >= configuration.failedAfter { move(to: .failed) }
        case .new, .checking, .failed, .closed: break
        }
    }

    func leaveDisconnected() {
        let current = nice_agent_get_component_state(nice, stream, 1)
        move(to: current == NICE_COMPONENT_STATE_READY ? .completed : .connected)
    }
}
