public import RapportBase

/// What a flow did in an interval of 200 ms; rates in bit/s, headers included, delays in milliseconds.
public struct FlowSample: Sendable, Equatable {
    public var at: Timestamp
    public var sendRate: Double
    public var receiveRate: Double
    /// Sound and video that arrived, each packet once.
    public var mediaRate: Double
    /// The same without headers.
    public var goodput: Double
    public var paddingRate: Double
    public var repeatRate: Double
    /// The estimator's target and the encoder's at the end of the interval.
    public var target: Double
    public var encoder: Double
    public var pacerDelay: Double
    public var frozen: Double
}

/// What a link did in an interval of 200 ms.
public struct LinkSample: Sendable, Equatable {
    public var at: Timestamp
    /// What it could carry in bit/s; zero for a link without limit.
    public var capacity: Double
    public var rate: Double
    /// Longest wait of a packet that left the queue, and the backlog at the end, in milliseconds and bytes.
    public var queueDelay: Double
    public var backlog: Int
    public var dropped: Int
    public var lost: Int
}
