/// What an `AudioComparison` found so far.
public struct AudioComparisonReport: Sendable, Equatable {
    /// Windows of 500 ms looked at, and those of them in which the source was found again.
    public var windows = 0
    public var alignedWindows = 0
    /// How far received lags behind the source in the last aligned window, samples at 48 kHz; nil before the first.
    public var delaySamples: Int?
    public var shortestDelaySamples: Int?
    public var longestDelaySamples: Int?
    /// Slope of the delay over time by least squares, in millionths; positive when received runs slower. Nil before
    /// the third aligned window.
    public var driftPartsPerMillion: Double?
    /// Mean over 20 ms frames with sound in the source of the signal-to-noise ratio, each held within -10...35 dB.
    public var segmentalSNR: Double?
    /// Mean over the same frames of the level difference per critical band in dB: 0 is the same, Opus at 24 kbit/s
    /// is near 2 to 4, other sound of the same loudness above 10.
    public var spectralDistance: Double?
    /// Level of received against source over those frames in dB.
    public var levelDifference: Double?
    /// Runs longer than 20 ms in which the source has sound and received has next to none.
    public var gaps = 0
    public var longestGap: Duration = .zero
    public var totalGap: Duration = .zero
    /// Blocks refused because the other side was more than 10 s behind.
    public var droppedBlocks = 0

    public init() {}

    /// `delaySamples` in milliseconds.
    public var delayMilliseconds: Double? { delaySamples.map { Double($0) / 48 } }
}
