import CNice
import RapportBase

extension ICEAgent {
    /// Hands libnice a retained pointer to this object, given back at the end of `close`.
    func attachCallbacks() {
        let me = Unmanaged.passRetained(self).toOpaque()
        signalHandlers = [
            rapport_connect(nice, "component-state-changed", unsafeBitCast(Self.onState, to: GCallback.self), me),
            rapport_connect(nice, "candidate-gathering-done", unsafeBitCast(Self.onGathered, to: GCallback.self), me),
            rapport_connect(nice, "new-candidate-full", unsafeBitCast(Self.onCandidate, to: GCallback.self), me),
            rapport_connect(nice, "new-selected-pair-full", unsafeBitCast(Self.onPair, to: GCallback.self), me),
        ]
        nice_agent_attach_recv(nice, stream, 1, executor.context, Self.onDatagram, me)
    }

    /// Tells the owner, or notes the event when the owner is inside a call into this agent.
    func raise(_ event: ICEEvent) {
        guard isOpen else { return }
        if callDepth > 0 {
            waitingEvents.append(event)
            if timers.delivery == nil { timers.delivery = executor.makeTimer { [weak self] in self?.deliverWaiting() } }
            if timers.delivery?.isScheduled == false { timers.delivery?.schedule(after: .zero) }
        } else {
            if !waitingEvents.isEmpty { deliverWaiting() }
            onEvent?(event)
        }
    }

    private func deliverWaiting() {
        let events = waitingEvents
        waitingEvents.removeAll()
        for event in events { onEvent?(event) }
    }

    // MARK: What libnice says

    private func received(_ bytes: UnsafeMutableRawBufferPointer) {
        counters.datagramsReceived &+= 1
        counters.bytesReceived &+= UInt64(bytes.count)
        if state == .disconnected { leaveDisconnected() }
        if !waitingEvents.isEmpty { deliverWaiting() }
        onEvent?(.datagram(bytes))
    }

    private func gathered(_ candidate: UnsafePointer<NiceCandidate>) {
        var candidate = ICECandidate(candidate, usernameFragment: localParameters.usernameFragment)
        if configuration.relayOnly { candidate.hideRelatedAddress() }
        raise(.candidate(candidate))
    }

    private func finishedGathering() {
        enlargeSocketBuffers()
        keepSocketsPolled()
        raise(.gatheringComplete)
    }

    private func selected(_ local: UnsafePointer<NiceCandidate>, _ remote: UnsafePointer<NiceCandidate>) {
        let pair = ICECandidatePair(
            local: ICECandidate(local, usernameFragment: localParameters.usernameFragment),
            remote: ICECandidate(remote, usernameFragment: remoteParameters?.usernameFragment))
        guard pair != selectedPair else { return }
        selectedPair = pair
        raise(.selectedPair(pair))
    }

    // MARK: C functions
    // Written in a nonisolated place; see GLibExecutor.

    private typealias StateFunction =
        @convention(c) (OpaquePointer?, guint, guint, guint, UnsafeMutableRawPointer?) -> Void
    private typealias GatheredFunction = @convention(c) (OpaquePointer?, guint, UnsafeMutableRawPointer?) -> Void
    private typealias CandidateFunction =
        @convention(c) (OpaquePointer?, UnsafePointer<NiceCandidate>?, UnsafeMutableRawPointer?) -> Void
    private typealias PairFunction =
        @convention(c) (
            OpaquePointer?, guint, guint, UnsafePointer<NiceCandidate>?, UnsafePointer<NiceCandidate>?,
            UnsafeMutableRawPointer?
        ) -> Void

    private static func agent(_ data: UnsafeMutableRawPointer) -> ICEAgent {
        Unmanaged<ICEAgent>.fromOpaque(data).takeUnretainedValue()
    }

    private static let onState: StateFunction = { _, _, _, state, data in
        if let data { agent(data).componentChanged(to: NiceComponentState(state)) }
    }

    private static let onGathered: GatheredFunction = { _, _, data in
        if let data { agent(data).finishedGathering() }
    }

    private static let onCandidate: CandidateFunction = { _, candidate, data in
        if let data, let candidate { agent(data).gathered(candidate) }
    }

    private static let onPair: PairFunction = { _, _, _, local, remote, data in
        if let data, let local, let remote { agent(data).selected(local, remote) }
    }

    private static let onDatagram: NiceAgentRecvFunc = { _, _, _, count, bytes, data in
        if let data, let bytes, count > 0 {
            agent(data).received(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
        }
    }
}
