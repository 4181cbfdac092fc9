public import RapportBase

/// What an agent tells its owner, always on its executor's thread and never from inside a call of the owner's
/// into the agent: the owner's state is never entered twice.
///
/// Unchecked for the pointer of `datagram` alone: the handler enters its actor by `assumeIsolated`, on the same thread
/// and within the same call, which the compiler cannot see.
public enum ICEEvent: @unchecked Sendable {
    /// A local address to tell the peer.
    case candidate(ICECandidate)
    /// No further local candidate will come: end-of-candidates, RFC 8838 section 13.
    case gatheringComplete
    case stateChanged(ICEConnectionState)
    case selectedPair(ICECandidatePair)
    /// One datagram from the peer's checked address. Valid and writable during the call only, so that it can be
    /// decrypted in place.
    case datagram(UnsafeMutableRawBufferPointer)
    /// The socket takes datagrams again after `send` answered false for want of room.
    case writable
}

/// The two ends of the path in use.
public struct ICECandidatePair: Hashable, Sendable {
    public var local: ICECandidate
    public var remote: ICECandidate

    public init(local: ICECandidate, remote: ICECandidate) {
        self.local = local
        self.remote = remote
    }
}
