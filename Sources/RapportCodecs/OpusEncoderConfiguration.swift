public import RapportBase

/// How an `OpusEncoder` is set up. Section numbers are of RFC 6716 and RFC 7587.
public struct OpusEncoderConfiguration: Sendable, Equatable {
    /// What the encoder listens for. RFC 6716 section 2.1.
    public enum Application: Sendable { case voip, audio, lowDelay }

    /// Highest audio bandwidth the encoder may use. RFC 6716 section 2.
    public enum Bandwidth: Sendable { case narrow, medium, wide, superWide, full }

    public enum RateControl: Sendable { case variable, constrainedVariable, constant }

    /// 8000, 12000, 16000, 24000 or 48000 Hz: the rate of the samples handed in. The RTP clock is always 48 kHz.
    public var sampleRate: Int
    /// 1 or 2, interleaved.
    public var channels: Int
    public var application: Application
    /// 500 to 512000 bit/s.
    public var bitrate: Bitrate
    /// 0 (cheapest) to 10.
    public var complexity: Int
    /// Share of packets expected to get lost, 0 to 100 percent; in-band FEC is sent only above zero.
    public var expectedLoss: Int
    /// Each packet also carries a coarse copy of the one before it. RFC 7587 section 3.3.
    public var inbandFEC: Bool
    /// Stop sending while nobody speaks. RFC 7587 section 3.1.3.
    public var discontinuousTransmission: Bool
    public var rateControl: RateControl
    public var maximumBandwidth: Bandwidth
    /// Longest packet in bytes; the encoder lowers its rate to keep to it.
    public var maximumPacketBytes: Int

    public init(
        sampleRate: Int = 48_000, channels: Int = 1, application: Application = .voip, bitrate: Bitrate = .kilobits(32),
        complexity: Int = 5, expectedLoss: Int = 0, inbandFEC: Bool = true, discontinuousTransmission: Bool = false,
        rateControl: RateControl = .constrainedVariable, maximumBandwidth: Bandwidth = .full,
        maximumPacketBytes: Int = 1100
    ) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.application = application
        self.bitrate = bitrate
        self.complexity = complexity
        self.expectedLoss = expectedLoss
        self.inbandFEC = inbandFEC
        self.discontinuousTransmission = discontinuousTransmission
        self.rateControl = rateControl
        self.maximumBandwidth = maximumBandwidth
        self.maximumPacketBytes = maximumPacketBytes
    }
}
