/// Where an association stands, and what follows from what happened. It owns no bytes and calls nothing.
struct DTLSStateMachine {
    private enum State {
        case idle
        case handshaking
        /// The handshake is over; the peer's fingerprints have not come from signalling. RFC 8842 section 5.5.
        case unverified
        case connected
        case ended
    }

    /// What the owner has to do next.
    enum Action {
        case nothing
        case proceed
        case verify
        case releaseKeys
        case end(DTLSOutput)
    }

    private var state = State.idle

    /// Time and datagrams matter.
    var isActive: Bool {
        switch state {
        case .handshaking, .unverified, .connected: true
        case .idle, .ended: false
        }
    }

    var isHandshaking: Bool { if case .handshaking = state { true } else { false } }
    var isConnected: Bool { if case .connected = state { true } else { false } }
    var isIdle: Bool { if case .idle = state { true } else { false } }

    mutating func started() -> Action {
        guard isIdle else { return .nothing }
        state = .handshaking
        return .proceed
    }

    mutating func finishedHandshake() -> Action {
        guard isHandshaking else { return .nothing }
        state = .unverified
        return .verify
    }

    /// Before the end of the handshake the verification callback uses them; after it they may be what was waited for.
    func receivedFingerprints() -> Action {
        if case .unverified = state { .verify } else { .nothing }
    }

    mutating func verified(_ matches: Bool) -> Action {
        guard case .unverified = state else { return .nothing }
        guard matches else { return failed(.fingerprintMismatch) }
        state = .connected
        return .releaseKeys
    }

    mutating func failed(_ error: DTLSError) -> Action { end(.failed(error)) }

    mutating func closed() -> Action { end(.closed) }

    private mutating func end(_ output: DTLSOutput) -> Action {
        if case .ended = state { return .nothing }
        state = .ended
        return .end(output)
    }
}
