import RapportBase

/// What a run leaves behind.
public struct RunResult: Sendable {
    /// The logs of a call's direction.
    struct Flow: Sendable {
        var configuration: MediaFlowConfiguration
        var sent = ByteLog()
        var received = ByteLog()
        /// Sound and video, each packet once, headers included.
        var media = ByteLog()
        /// The same without headers.
        var payload = ByteLog()
        var target = RateLog()
        var encoder = RateLog()
        var pacerDelays = DelayLog()
        var freezes = DelayLog()
        /// Time from a picture to the one before it, in calls of whole sessions.
        var shown = DelayLog()
        var sentPackets = 0
        var receivedPackets = 0
        var markedPackets = 0
        var probePackets = 0
        var paddingBytes = 0
        var repeatedBytes = 0
        /// Of packets that repair lost ones, and packets that they brought back; in calls of whole sessions.
        var repairBytes = 0
        var repaired = 0
        var skippedFrames = 0
        var frames = 0
        var sampled = Sampled()
    }

    /// Totals at the last sample.
    struct Sampled: Sendable {
        var payload = 0
        var padding = 0
        var repeated = 0
        var frozen: Int64 = 0
        var pacerDelays = 0
    }

    /// What came of a TCP connection.
    struct Connection: Sendable {
        var name: String
        var delivered = ByteLog()
        var segmentsSent = 0
        var segmentsLost = 0
    }

    public internal(set) var scenario: Scenario
    public internal(set) var seed: UInt64
    public internal(set) var flowSamples: [[FlowSample]]
    public internal(set) var linkSamples: [[LinkSample]]
    /// Of the links, then of the airs.
    public internal(set) var linkCounters: [LinkCounters]
    /// Events handled and packets that were still on their way at the end.
    public internal(set) var events = 0
    public internal(set) var packetsUnderWay = 0
    /// Packets that senders of every kind gave to the network, and those that came to the end of their path.
    public internal(set) var packetsSent = 0
    public internal(set) var packetsArrived = 0
    var flows: [Flow]
    var connections: [Connection]
    /// Sound and messages of a call of whole sessions with data.
    var data = DataTrace()
    /// Wait of each packet in the queue of each link, then of each air.
    var waits: [DelayLog]
}
