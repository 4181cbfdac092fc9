import RapportBase

/// What a burst of probe packets says of the path: the rate at which it came out at the other end.
struct ProbeBitrateEstimator: Sendable {
    private struct Cluster {
        var request: ProbeRequest
        var packets = 0
        var bytes = 0
        var firstSend: Timestamp
        var lastSend: Timestamp
        var lastSentBytes: Int
        var firstArrival: Timestamp
        var firstArrivedBytes: Int
        var lastArrival: Timestamp
        var touched: Timestamp
    }

    private static let leastShare = 0.8
    private static let longest = 1.0
    private static let largestRatio = 2.0
    private static let (saturated, saturatedShare) = (0.9, 0.95)
    private static let mostClusters = 8

    private var requests: [ProbeRequest] = []
    private var clusters: [Cluster] = []

    /// Remembers what was asked for, so that an incomplete burst is known as such.
    mutating func expect(_ request: ProbeRequest) {
        requests.append(request)
        if requests.count > Self.mostClusters { requests.removeFirst() }
    }

    /// Takes a probe packet that arrived; bits per second when its burst now says something.
    mutating func add(_ packet: SentPacket, probe: Int, arrival: Timestamp, at now: Timestamp) -> Double? {
        clusters.removeAll { now.seconds(since: $0.touched) > Self.longest }
        guard let request = requests.first(where: { $0.id == probe }) else { return nil }
        if let index = clusters.firstIndex(where: { $0.request.id == probe }) {
            Self.extend(&clusters[index], packet, arrival, now)
            return Self.rate(clusters[index])
        }
        clusters.append(
            Cluster(
                request: request, packets: 1, bytes: packet.bytes, firstSend: packet.sentAt, lastSend: packet.sentAt,
                lastSentBytes: packet.bytes, firstArrival: arrival, firstArrivedBytes: packet.bytes,
                lastArrival: arrival, touched: now))
        return nil
    }

    private static func extend(
        _ cluster: inout Cluster, _ packet: SentPacket, _ arrival: Timestamp, _ now: Timestamp
    ) {
        cluster.packets += 1
        cluster.bytes += packet.bytes
        cluster.touched = now
        cluster.firstSend = min(cluster.firstSend, packet.sentAt)
        if packet.sentAt > cluster.lastSend {
            (cluster.lastSend, cluster.lastSentBytes) = (packet.sentAt, packet.bytes)
        }
        if arrival < cluster.firstArrival {
            (cluster.firstArrival, cluster.firstArrivedBytes) = (arrival, packet.bytes)
        }
        cluster.lastArrival = max(cluster.lastArrival, arrival)
    }

    private static func rate(_ cluster: Cluster) -> Double? {
        let wanted = cluster.request.rate.real * cluster.request.duration.inSeconds / 8
        guard Double(cluster.packets) >= leastShare * Double(cluster.request.packets),
            Double(cluster.bytes) >= leastShare * wanted
        else { return nil }
        let sendSpan = cluster.lastSend.seconds(since: cluster.firstSend)
        let arrivalSpan = cluster.lastArrival.seconds(since: cluster.firstArrival)
        guard sendSpan > 0, sendSpan <= longest, arrivalSpan > 0, arrivalSpan <= longest else { return nil }
        let sent = Double(cluster.bytes - cluster.lastSentBytes) * 8 / sendSpan
        let received = Double(cluster.bytes - cluster.firstArrivedBytes) * 8 / arrivalSpan
        guard received <= largestRatio * sent else { return nil }
        // Came out slower than it went in: that is the link's rate, and a little room is left below it.
        return received < saturated * sent ? saturatedShare * received : min(sent, received)
    }
}
