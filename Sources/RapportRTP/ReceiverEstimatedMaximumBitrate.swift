public import RapportBase

/// The rate that a receiver believes the path can carry, for all the named sources together.
///
/// draft-alvestrand-rmcat-remb-03 section 2.2:
/// ```
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Unique identifier 'R' 'E' 'M' 'B'                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Num SSRC     | BR Exp    |  BR Mantissa                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   SSRC feedback                                               |
/// |  ...                                                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct ReceiverEstimatedMaximumBitrate: Sendable, Equatable {
    /// What a larger rate on the wire is read as, 1.1 Tbit/s: no link has it, arithmetic on it cannot overflow, and it
    /// is itself a mantissa of 18 bits.
    public static let maximum = Bitrate(bitsPerSecond: 0x3FFFF << 22)

    public var sender: SSRC
    /// Written with 18 significant bits, rounded down.
    public var bitrate: Bitrate
    /// 255 at most; what is more is left out when written.
    public var sources: [SSRC]

    public init(sender: SSRC, bitrate: Bitrate, sources: [SSRC]) {
        self.sender = sender
        self.bitrate = bitrate
        self.sources = sources
    }

    private static let identifier: UInt32 = 0x5245_4D42

    /// Nil when the message is application layer feedback of another kind.
    init?(_ body: Span<UInt8>) throws(RTCPError) {
        try RTCPFrame.require(8, of: body)
        guard body.count >= 12, body.uint32(at: 8) == Self.identifier else { return nil }
        try RTCPFrame.require(16, of: body)
        let count = Int(body[12])
        try RTCPFrame.require(16 + 4 * count, of: body)
        sender = SSRC(body.uint32(at: 0))
        let packed = body.uint24(at: 13)
        bitrate = Self.bitrate(exponent: packed >> 18, mantissa: UInt64(packed & 0x3FFFF))
        sources = []
        for index in 0..<count { sources.append(SSRC(body.uint32(at: 16 + 4 * index))) }
    }

    private static func bitrate(exponent: UInt32, mantissa: UInt64) -> Bitrate {
        guard mantissa.leadingZeroBitCount > Int(exponent) else { return mantissa == 0 ? .zero : maximum }
        return Bitrate(bitsPerSecond: Int(min(mantissa << UInt64(exponent), UInt64(maximum.bitsPerSecond))))
    }

    func append(to bytes: inout [UInt8]) {
        let start = RTCP.begin(RTCPPacketType.payloadFeedback, count: RTCPFeedbackFormat.applicationLayer, &bytes)
        bytes.append(uint32: sender.rawValue)
        bytes.append(uint32: 0)
        bytes.append(uint32: Self.identifier)
        let named = sources.prefix(255)
        bytes.append(UInt8(named.count))
        var mantissa = UInt64(max(bitrate.bitsPerSecond, 0))
        var exponent: UInt32 = 0
        while mantissa > 0x3FFFF {
            mantissa >>= 1
            exponent += 1
        }
        bytes.append(uint24: exponent << 18 | UInt32(mantissa))
        for source in named { bytes.append(uint32: source.rawValue) }
        RTCP.end(start, &bytes)
    }
}
