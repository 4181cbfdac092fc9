public import RapportBase

/// What the header extensions of one packet say.
///
/// The identifiers are ranges of the parsed packet, so that nothing is allocated for a packet; the builder takes
/// them as bytes of their own and does not look at the ranges.
public struct HeaderExtensionValues: Sendable, Equatable {
    /// Transport-wide number of the packet. draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2.
    public var transportSequenceNumber: SequenceNumber?
    /// Sending time, 24 bits: 6 of seconds, 18 of fraction. draft-alvestrand-rmcat-remb.
    public var absoluteSendTime: UInt32?
    /// RFC 6464.
    public var audioLevel: AudioLevel?
    /// Wall-clock time of capture at the first sender.
    public var absoluteCaptureTime: NTPTime?
    /// Estimated offset of the first sender's clock to this sender's, signed 32.32 fixed point seconds. Goes along
    /// with `absoluteCaptureTime` only.
    public var captureClockOffset: Int64?
    /// Bounds on the delay before display.
    public var playoutDelay: PlayoutDelay?
    /// How to turn the picture.
    public var videoOrientation: VideoOrientation?
    /// The bytes of the media description's identification tag. RFC 9143 section 15.
    public var midRange: Range<Int>?
    /// The bytes of the RTP stream id. RFC 8852.
    public var ridRange: Range<Int>?
    /// The bytes of the repaired RTP stream id. RFC 8852.
    public var repairedRIDRange: Range<Int>?

    /// Nothing said.
    public init() {}
}

extension Timestamp {
    /// This moment as the absolute-send-time extension carries it: 24 bits, 6 of seconds, 18 of fraction.
    public var absoluteSendTime: UInt32 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return UInt32(truncatingIfNeeded: seconds << 18 &+ (rest << 18) / 1_000_000_000) & 0xFF_FFFF
    }
}
