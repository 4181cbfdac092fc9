import RapportBase

/// Follows a burst of probe packets from the first one sent to the last one reported.
struct ProbeOutcome: Sendable {
    /// What the burst said: the rates at which it went in and came out.
    struct Result: Sendable, Equatable {
        var asked: Double
        var sent: Double
        var received: Double

        /// It came out nearly as it went in: the path carries at least that.
        var passed: Bool { received >= 0.85 * sent }
    }

    private static let timeout = 1.5
    private static let leastShare = 0.6

    let request: ProbeRequest
    let takenAt: Double
    private var sentPackets = 0
    /// Of those that arrived.
    private var firstSent = Double.infinity
    private var lastSent = -Double.infinity
    private var lastSentBytes = 0.0
    private var lastNumber: Int64 = -1
    private var arrived = 0
    private var bytes = 0.0
    private var firstArrival = Double.infinity
    private var firstArrivedBytes = 0.0
    private var lastArrival = -Double.infinity

    init(_ request: ProbeRequest, at time: Double) {
        self.request = request
        takenAt = time
    }

    mutating func sent(_ packet: SentPacket) {
        sentPackets += 1
        lastNumber = packet.number
    }

    mutating func arrived(_ packet: SentPacket, sent: Double, arrival: Double) {
        arrived += 1
        bytes += Double(packet.bytes)
        if arrival < firstArrival { (firstArrival, firstArrivedBytes) = (arrival, Double(packet.bytes)) }
        lastArrival = max(lastArrival, arrival)
        firstSent = min(firstSent, sent)
        if sent > lastSent { (lastSent, lastSentBytes) = (sent, Double(packet.bytes)) }
    }

    /// Whether nothing more is to be expected, `newest` being the newest packet reported on.
    func isOver(newest: Int64, at time: Double) -> Bool {
        if time - takenAt > Self.timeout { return true }
        let complete = sentPackets >= request.packets
        return complete && (arrived == sentPackets || newest > lastNumber + 8)
    }

    /// Nil when too little of it went or arrived to say anything.
    ///
    /// Both rates are of the packets that arrived: one lost by chance says nothing of the rate.
    var result: Result? {
        guard sentPackets >= 3, Double(arrived) >= Self.leastShare * Double(sentPackets), arrived >= 3 else {
            return nil
        }
        let (sendSpan, arrivalSpan) = (lastSent - firstSent, lastArrival - firstArrival)
        guard sendSpan > 0.0005, arrivalSpan > 0.0005 else { return nil }
        let sent = (bytes - lastSentBytes) * 8 / sendSpan
        let received = (bytes - firstArrivedBytes) * 8 / arrivalSpan
        guard received <= 4 * sent else { return nil }
        return Result(asked: request.rate.real, sent: sent, received: min(received, sent))
    }
}
