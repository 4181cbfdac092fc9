public import RapportBase

/// What is worth remembering of a path between two sessions of the same pair.
public struct PathMemory: Sendable, Equatable {
    /// What the path carried at the end, all streams together.
    public var rate: Bitrate
    /// Round trip with an empty queue.
    public var roundTrip: Duration
    /// Share of packets (0...1) that the path loses whatever is sent.
    public var inherentLoss: Double

    public init(rate: Bitrate, roundTrip: Duration, inherentLoss: Double = 0) {
        self.rate = rate
        self.roundTrip = roundTrip
        self.inherentLoss = inherentLoss
    }
}
