/// What became of the packets that came to a link. `offered` is the sum of the others.
public struct LinkCounters: Sendable, Equatable {
    public var offered = 0
    /// Left the far end, or on the way there.
    public var delivered = 0
    /// The queue was full, or its discipline dropped them.
    public var dropped = 0
    public var policed = 0
    /// By the loss model or in an outage.
    public var lost = 0
    /// Waiting or being sent.
    public var queued = 0
    public var bytesDelivered = 0

    public init() {}
}
