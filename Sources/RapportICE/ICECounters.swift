/// What an agent sent, received and dropped since it was made.
public struct ICECounters: Hashable, Sendable {
    public var datagramsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var datagramsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// Datagrams not sent because no pair was chosen yet or the socket's buffer was full.
    public var sendWouldBlock: UInt64 = 0
    /// Datagrams not sent for another reason: consent lost, network unreachable.
    public var sendFailed: UInt64 = 0

    public var remoteCandidates: UInt64 = 0
    /// Candidates that cannot be read, or whose address cannot be a peer's.
    public var malformedCandidates: UInt64 = 0
    /// Candidates of another generation's user name fragment. RFC 8840 section 4.1.
    public var staleCandidates: UInt64 = 0
    /// Candidates understood but not used: TCP, a second component.
    public var unusedCandidates: UInt64 = 0
    /// Candidates beyond the bound on how many a peer may send.
    public var candidatesOverLimit: UInt64 = 0
    /// `.local` names that nobody answered for.
    public var unresolvedNames: UInt64 = 0

    public init() {}
}
