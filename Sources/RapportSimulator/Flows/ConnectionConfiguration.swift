public import RapportBase

/// A TCP sender and its receiver.
public struct ConnectionConfiguration: Sendable, Equatable {
    /// What it carries.
    public enum Load: Sendable, Equatable {
        /// As much as the path takes.
        case bulk
        /// Files of evenly distributed sizes, each over a new connection, with exponential pauses. RFC 8868 section 4.6.
        case files(bytes: ClosedRange<Int>, meanPause: Duration, beginsWithFile: Bool)
    }

    public var name: String
    public var variant: TCPVariant
    public var load: Load
    public var forward: [Hop]
    public var reverse: [Hop]
    public var start: Timestamp = .zero
    public var end: Timestamp?

    public init(
        name: String = "tcp", variant: TCPVariant = .cubic, load: Load = .bulk, forward: [Hop], reverse: [Hop]
    ) {
        self.name = name
        self.variant = variant
        self.load = load
        self.forward = forward
        self.reverse = reverse
    }
}

/// Datagrams of one size at a steady rate.
public struct DatagramConfiguration: Sendable, Equatable {
    public var name: String
    public var rate: Bitrate
    public var bytes = 1000
    public var forward: [Hop]
    public var start: Timestamp = .zero
    public var end: Timestamp?

    public init(name: String = "udp", rate: Bitrate, forward: [Hop]) {
        self.name = name
        self.rate = rate
        self.forward = forward
    }
}
