public import RapportBase

/// When each packet of the transport arrived. draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      base sequence number     |      packet status count      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 reference time                | fb pkt. count |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          packet chunk         |         packet chunk          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         packet chunk          |  recv delta   |  recv delta   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           recv delta          |  recv delta   | zero padding  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct TransportFeedback: Sendable, Equatable {
    /// The resolution of `arrivals` on the wire.
    public static let tick = Duration.microseconds(250)
    /// The unit of `referenceTime`.
    public static let referenceUnit = Duration.milliseconds(64)

    public var sender: SSRC
    public var media: SSRC
    /// Transport sequence number of the first packet of `arrivals`.
    public var baseSequence: SequenceNumber
    /// Units of 64 ms, 24 bits signed; it wraps.
    public var referenceTime: Int32
    /// One up with every feedback message; it wraps.
    public var feedbackCount: UInt8
    /// For each packet from `baseSequence` on: the time of arrival after the reference time (it may be before it), or
    /// nil when it has not arrived. Written in ticks of 250 µs; 65,535 packets at most.
    public var arrivals: [Duration?]

    public init(
        sender: SSRC, media: SSRC, baseSequence: SequenceNumber, referenceTime: Int32, feedbackCount: UInt8,
        arrivals: [Duration?]
    ) {
        self.sender = sender
        self.media = media
        self.baseSequence = baseSequence
        self.referenceTime = referenceTime
        self.feedbackCount = feedbackCount
        self.arrivals = arrivals
    }
}
