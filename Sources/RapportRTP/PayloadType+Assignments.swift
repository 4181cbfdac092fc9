public import RapportBase

extension PayloadType {
    /// G.711 mu-law, 8 kHz. RFC 3551 section 6, table 4.
    public static let pcmu = PayloadType(masking: 0)
    /// G.711 A-law, 8 kHz. RFC 3551 section 6, table 4.
    public static let pcma = PayloadType(masking: 8)
    /// G.722, whose RTP clock is 8 kHz although it samples at 16 kHz. RFC 3551 sections 4.5.2 and 6.
    public static let g722 = PayloadType(masking: 9)
    /// Comfort noise at 8 kHz. RFC 3389; RFC 3551 section 6, table 4.
    public static let comfortNoise = PayloadType(masking: 13)

    /// True for 96...127, which only a session description gives a meaning. RFC 3551 section 3.
    public var isDynamic: Bool { rawValue >= 96 }

    /// True for 64...95, which would look like RTCP on a shared port. RFC 5761 section 4.
    public var collidesWithRTCP: Bool { (64...95).contains(rawValue) }
}
