import RapportBase
public import RapportSDP

/// The offer/answer machine of one peer: transceivers, the descriptions that stand, and what may come next.
///
/// A value without I/O, clock or hidden randomness. Every operation either succeeds as a whole or throws and changes
/// nothing. RFC 9429; W3C webrtc-pc section 4.3.1.
public struct NegotiationState: Sendable {
    /// An offer that waits for its answer, with what rollback has to undo.
    struct Pending {
        var offer: SessionDescription
        /// Transceivers that got their tag from this offer.
        var associated: Set<TransceiverID> = []
        /// Transceivers that exist because of this offer.
        var created: Set<TransceiverID> = []
    }

    /// The last exchange that was completed.
    struct Settled {
        var local: SessionDescription
        var remote: SessionDescription
        var session: NegotiatedSession
    }

    enum State {
        case stable
        case haveLocalOffer(Pending)
        case haveRemoteOffer(Pending, OfferReview)
        case closed
    }

    public let capabilities: Capabilities
    /// In the order in which they were added.
    public internal(set) var transceivers: [Transceiver] = []

    var state = State.stable
    var settled: Settled?
    var random: SessionRandom
    let sessionID: UInt64
    let canonicalName: String
    /// Version of the last local description that was set.
    var version: UInt64 = 1
    /// Tags are never given twice in a session, as packets of the old owner may still be under way.
    var usedMIDs: Set<MID> = []
    var nextID = 0

    /// - Parameter generator: gives the seed of session id, SSRCs and track ids.
    public init(capabilities: Capabilities = .standard, using generator: inout some RandomNumberGenerator) {
        self.capabilities = capabilities
        random = SessionRandom(seededBy: &generator)
        // RFC 9429 section 5.2.1: 64 bits, the highest zero.
        sessionID = random.next() >> 1
        canonicalName = random.identifier()
    }

    /// Which operations are allowed now.
    public var signalingState: SignalingState {
        switch state {
        case .stable: .stable
        case .haveLocalOffer: .haveLocalOffer
        case .haveRemoteOffer: .haveRemoteOffer
        case .closed: .closed
        }
    }

    /// This side's description of the last completed exchange.
    public var currentLocalDescription: SessionDescription? { settled?.local }
    /// The other side's description of the last completed exchange.
    public var currentRemoteDescription: SessionDescription? { settled?.remote }

    /// Our offer that waits for an answer.
    public var pendingLocalDescription: SessionDescription? {
        if case .haveLocalOffer(let pending) = state { pending.offer } else { nil }
    }

    /// The other side's offer that waits for ours.
    public var pendingRemoteDescription: SessionDescription? {
        if case .haveRemoteOffer(let pending, _) = state { pending.offer } else { nil }
    }

    /// What is agreed now; nil before the first answer.
    public var session: NegotiatedSession? { settled?.session }

    /// The other side's transport as the newest remote description says, an unanswered offer's too.
    public var remoteTransport: RemoteTransport? {
        if case .haveRemoteOffer(_, let review) = state, let transport = review.transport { return transport }
        return settled?.session.remote
    }

    /// Ends the machine: every later operation throws.
    public mutating func close() { state = .closed }

    /// The error for an operation that this state does not allow.
    func wrongState(_ type: SDPType) -> NegotiationError {
        if case .closed = state { .closed } else { .wrongState(signalingState, type) }
    }

    /// Does all of `body` or nothing.
    mutating func atomically<Value>(
        _ body: (inout NegotiationState) throws(NegotiationError) -> Value
    ) throws(NegotiationError) -> Value {
        if case .closed = state { throw .closed }
        var next = self
        let value = try body(&next)
        self = next
        return value
    }
}
