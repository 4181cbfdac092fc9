/// How much congestion marks lower the rate: in proportion to the share of packets that bear one.
///
/// As DCTCP and SCReAM do (RFC 8257 section 3.3): by half of the share, smoothed over round trips, and by a little for a
/// single one, since a queue that marks rarely means what others mean by a drop (RFC 3168 section 5, RFC 8511).
struct MarkResponse: Sendable {
    private static let gain = 1.0 / 8
    private static let least = 0.05

    /// The share of packets that are marked.
    private(set) var share = 0.0
    private var packets = 0
    private var marked = 0
    private var roundEnds = -Double.infinity
    private var answeredAt = -Double.infinity

    /// Takes a feedback.
    mutating func add(packets more: Int, marked moreMarked: Int, roundTrip: Double, at time: Double) {
        packets += more
        marked += moreMarked
        guard time >= roundEnds, packets > 0 else { return }
        share += (Double(marked) / Double(packets) - share) * Self.gain
        (packets, marked, roundEnds) = (0, 0, time + roundTrip)
    }

    /// The factor on the rate for a mark that came now; nil when one of this round trip was answered already.
    mutating func factor(roundTrip: Double, at time: Double) -> Double? {
        guard time - answeredAt > roundTrip else { return nil }
        answeredAt = time
        return 1 - max(share / 2, Self.least)
    }
}
