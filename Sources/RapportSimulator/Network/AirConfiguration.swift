public import RapportBase

/// A radio channel that stations share: 802.11n in its main lines, for RFC 8869 section 3.
///
/// Only one station sends at a time. It has won the channel against the others that have something to send, pays for
/// that with time, and then sends what waits for one receiver in one burst, which arrives as a whole at its end.
public struct AirConfiguration: Sendable, Equatable {
    /// Rate within a burst. MCS 11 over 20 MHz: two streams of 26 Mbit/s.
    public var rate: Bitrate = .kilobits(52_000)
    /// Preamble, gap, block acknowledgement and the wait before contention.
    public var overhead: Duration = .microseconds(160)
    /// Slots of 9 µs that a station draws from before it sends.
    public var contentionSlots = 16
    /// What a burst carries at most.
    public var burstPackets = 32
    public var burstBytes = 32_768
    /// Share of bursts that are lost even without a collision.
    public var errorRate = 0.03
    /// Attempts before a burst is given up.
    public var attempts = 7
    /// For each lane the station that sends what is in it; a lane is a queue for one receiver.
    public var stations: [Int]
    /// Bytes that a lane holds.
    public var laneBytes = 60_000

    public init(stations: [Int]) { self.stations = stations }
}
