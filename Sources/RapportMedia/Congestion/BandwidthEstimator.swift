public import RapportBase

/// What the sender knows of a packet that left, as congestion control sees it.
public struct SentPacket: Sendable, Equatable {
    /// What it carried.
    public enum Kind: Sendable, Equatable {
        case audio
        case video
        case retransmission
        case padding
    }

    /// Transport-wide number, unwrapped: grows by one with each packet of the session.
    public var number: Int64
    /// Bytes on the wire: IP and UDP headers included, link layer not.
    public var bytes: Int
    public var sentAt: Timestamp
    public var kind: Kind
    /// The probe it belonged to, nil outside probes.
    public var probe: Int?
    /// Bytes on the wire of what left since the packet before it without a number: data. They took the same way, so
    /// when this packet arrived they had come through or were lost, too.
    public var unreported: Int

    public init(
        number: Int64, bytes: Int, sentAt: Timestamp, kind: Kind, probe: Int? = nil, unreported: Int = 0
    ) {
        self.number = number
        self.bytes = bytes
        self.unreported = unreported
        self.sentAt = sentAt
        self.kind = kind
        self.probe = probe
    }

    /// What the path had to carry up to the end of this packet.
    var bytesOfPath: Int { max(bytes, 0) + max(unreported, 0) }
}

/// What feedback said of one packet.
public struct PacketResult: Sendable, Equatable {
    public var packet: SentPacket
    /// When it arrived, on the receiver's clock (its offset from ours is unknown); nil when reported lost.
    public var arrival: Timestamp?
    /// True when the packet arrived with a congestion mark (ECN CE).
    public var isMarked: Bool

    public init(packet: SentPacket, arrival: Timestamp?, isMarked: Bool = false) {
        self.packet = packet
        self.arrival = arrival
        self.isMarked = isMarked
    }
}

/// A burst of packets above the target rate, to find out whether the path carries more.
public struct ProbeRequest: Sendable, Equatable {
    /// Number of the probe; `SentPacket.probe` carries it back.
    public var id: Int
    public var rate: Bitrate
    public var duration: Duration
    /// Least number of packets.
    public var packets: Int

    public init(id: Int, rate: Bitrate, duration: Duration, packets: Int) {
        self.id = id
        self.rate = rate
        self.duration = duration
        self.packets = packets
    }
}

/// What a bandwidth estimator lets the session do.
public struct RateDecision: Sendable, Equatable {
    /// All streams together, padding and overhead included.
    public var target: Bitrate
    /// Rate at which the pacer empties its queue.
    public var pacing: Bitrate
    /// Bytes that may be under way without having been reported on; nil for no limit.
    public var window: Int?
    /// Rate up to which padding fills what media leaves free; zero for none.
    public var padding: Bitrate

    public init(target: Bitrate, pacing: Bitrate, window: Int? = nil, padding: Bitrate = .zero) {
        self.target = target
        self.pacing = pacing
        self.window = window
        self.padding = padding
    }
}

/// The seam of congestion control on the sender's side: told what left and what feedback said of it, decides the rates.
///
/// Implementations are values, know no clock and keep all rates within the bounds they were given, whatever they are told.
public protocol BandwidthEstimator: Sendable {
    /// A packet was handed to the network.
    mutating func packetSent(_ packet: SentPacket)
    /// Feedback came: one result for each packet it spoke of that was really sent, in order of `number`, each packet
    /// at most once as arrived.
    mutating func received(_ results: [PacketResult], at now: Timestamp)
    /// Round trip from RTCP reports or from the feedback itself.
    mutating func update(roundTrip: Duration, at now: Timestamp)
    /// What the receiver allows (REMB); nil when it no longer does.
    mutating func update(receiverLimit: Bitrate?, at now: Timestamp)
    /// What the encoders and other sources could fill at most; probing beyond it is pointless.
    mutating func update(demand: Bitrate, at now: Timestamp)
    /// Time passed; called when `deadline` has come.
    mutating func handleTimeout(at now: Timestamp)
    /// When `handleTimeout` wants to be called; nil for never.
    var deadline: Timestamp? { get }
    var decision: RateDecision { get }
    /// Takes the next probe to send, nil when there is none.
    mutating func takeProbe(at now: Timestamp) -> ProbeRequest?
}
