public import RapportBase

/// What is said of one RTP stream, all `a=ssrc` lines of it. RFC 5576 section 4.1.
public struct MediaSource: Hashable, Sendable {
    public var ssrc: SSRC
    public var attributes: [SDPAttribute]

    public init(ssrc: SSRC, attributes: [SDPAttribute] = []) {
        self.ssrc = ssrc
        self.attributes = attributes
    }

    /// Canonical end-point identifier. RFC 5576 section 6.1.
    public var canonicalName: String? { attributes.first { $0.name == "cname" }?.value }
}

/// RTP streams that belong together, `a=ssrc-group`. RFC 5576 section 4.2.
public struct MediaSourceGroup: Hashable, Sendable {
    /// `FID`, `SIM`, `FEC-FR` and so on.
    public var semantics: String
    public var sources: [SSRC]

    public init(semantics: String, sources: [SSRC]) {
        self.semantics = semantics
        self.sources = sources
    }

    /// A stream and its retransmissions. RFC 5888 section 8.4.
    public static let flowIdentification = "FID"
    /// A stream and the packets that repair it. RFC 5956 section 4.1.
    public static let forwardErrorCorrection = "FEC-FR"
}
