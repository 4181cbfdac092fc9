public import RapportBase

/// Decides whether pictures are encoded in two temporal layers.
///
/// In two layers no picture depends on every second one, so that a loss there stops nothing. It costs a quarter of a
/// decibel and the lost pictures, which are not sent again. That is worth it where a retransmission takes as long as two
/// pictures last, on a shorter way only where retransmissions are lost, too. On again, off again would cost more than it
/// saves (rate control starts carefully after each change), hence two thresholds.
public struct TemporalLayerChoice: Sendable {
    /// From this loss on, until it has been below the lower one for `calm`.
    struct Thresholds {
        var high: Double
        var low: Double
    }

    static let calm: Duration = .seconds(10)

    /// What counts on a way of this round trip; nil where retransmissions come in time for the next picture.
    static func thresholds(_ roundTrip: Duration) -> Thresholds? {
        if roundTrip >= .milliseconds(80) { return Thresholds(high: 0.02, low: 0.005) }
        return roundTrip >= .milliseconds(40) ? Thresholds(high: 0.14, low: 0.08) : nil
    }

    /// 1 or 2.
    public private(set) var layers = 1
    private var quietSince: Timestamp?
    private var mean = 0.0

    public init() {}

    /// Takes what a report said of the stream.
    /// - Parameters:
    ///   - fractionLost: since the report before, 0...1. RFC 3550 section 6.4.1.
    ///   - roundTrip: of the path; nil while it is not known.
    /// - Returns: true when `layers` changed.
    public mutating func update(fractionLost: Double, roundTrip: Duration?, at now: Timestamp) -> Bool {
        mean += (min(max(fractionLost, 0), 1) - mean) / 3
        let before = layers
        let thresholds = Self.thresholds(roundTrip ?? .zero)
        if let thresholds, mean >= thresholds.high {
            layers = 2
            quietSince = nil
        } else if mean < thresholds?.low ?? 1 {
            let since = quietSince ?? now
            quietSince = since
            if now - since >= Self.calm { layers = 1 }
        } else {
            quietSince = nil
        }
        return layers != before
    }
}
