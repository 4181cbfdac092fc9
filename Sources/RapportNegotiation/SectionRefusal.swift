/// Why a media description of an offer is answered with port 0.
public enum SectionRefusal: Hashable, Sendable {
    /// Neither audio nor video: data channels, for one.
    case unsupportedKind
    /// Not RTP over DTLS-SRTP.
    case unsupportedProtocol
    /// No format that this side knows.
    case noCommonCodec
    /// Would need a transport of its own. RFC 9429 section 4.1.1, policy `max-bundle`.
    case notBundled
}
