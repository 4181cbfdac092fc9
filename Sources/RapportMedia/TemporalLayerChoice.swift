public import RapportBase

/// Decides whether pictures are encoded in two temporal layers.
///
/// In two layers no picture depends on every second one, so that a loss there stops nothing; it costs a quarter of a
/// decibel. That is worth it where packets are lost and a retransmission takes longer than a picture lasts. On again,
/// off again would cost more than it saves (rate control starts carefully after each change), hence the two thresholds.
public struct TemporalLayerChoice: Sendable {
    /// Loss above which layers help, below which they do not, and for how long it has to stay below.
    static let high = 0.02
    static let low = 0.005
    static let calm: Duration = .seconds(10)
    /// Round trip from which a retransmission comes too late for the picture after.
    static let longWay: Duration = .milliseconds(40)

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
        if mean >= Self.high, (roundTrip ?? .zero) >= Self.longWay {
            layers = 2
            quietSince = nil
        } else if mean < Self.low {
            let since = quietSince ?? now
            quietSince = since
            if now - since >= Self.calm { layers = 1 }
        } else {
            quietSince = nil
        }
        return layers != before
    }
}
