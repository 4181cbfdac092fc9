public import RapportBase

/// A received frame that can be decoded, with what its packets told.
public struct AssembledFrame: Sendable {
    /// The frame; `time` is when its last packet arrived.
    public var video: EncodedVideo
    /// First packet: nothing before it is needed any more.
    public var firstSequence: SequenceNumber
    public var packets: Int
    /// A packet of it had to be sent twice: its arrival says little about the path.
    public var wasRetransmitted: Bool
    /// When its first packet arrived; `video.time` minus this went into its transmission.
    public var firstArrival: Timestamp
}
