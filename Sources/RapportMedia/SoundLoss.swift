public import RapportBase

/// What sound loses on its way, by the reports about it and by those about other streams of the same path.
///
/// A receiver may report on sound each five seconds only (RFC 3550 section 6.2), and where reports are lost as well a
/// quarter of a minute passes without one. Pictures are reported on each second, and what the path takes from them it
/// takes from sound.
public struct SoundLoss: Sendable, Equatable {
    /// For how long a report about another stream says something about sound: its pictures may have stopped.
    static let staleness: Duration = .seconds(10)

    private var own: Double?
    private var others = 0.0
    private var othersAt: Timestamp?

    public init() {}

    /// Takes what a report said of the sound itself.
    /// - Parameter fractionLost: since the report before, 0...1. RFC 3550 section 6.4.1.
    public mutating func update(fractionLost: Double) { own = min(max(fractionLost, 0), 1) }

    /// Takes what a report said of another stream.
    /// - Parameter pathLoss: the part of it that may be the path's own, 0...1.
    public mutating func update(pathLoss: Double, at now: Timestamp) {
        if !isFresh(at: now) { others = 0 }
        others += (min(max(pathLoss, 0), 1) - others) / 3
        othersAt = now
    }

    /// Share of sound's packets, 0...1; nil before the first report. What is known late is told at once: the larger
    /// figure counts.
    public func share(at now: Timestamp) -> Double? {
        guard isFresh(at: now) else { return own }
        return max(own ?? 0, others)
    }

    private func isFresh(at now: Timestamp) -> Bool { othersAt.map { now - $0 <= Self.staleness } ?? false }
}
