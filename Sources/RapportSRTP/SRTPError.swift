/// Why a packet could not be protected or unprotected, or a context not be made.
public enum SRTPError: Error, Hashable, Sendable {
    /// Too short for its header and its tag, or a header that points past the end. RFC 3711 section 3.1.
    case malformed
    /// The tag does not fit the packet, or the packet says it is not encrypted. RFC 3711 section 3.3.
    case authenticationFailed
    /// The index was received before. RFC 3711 section 3.3.2.
    case replayed
    /// The index lies behind the replay window. RFC 3711 section 3.3.2.
    case tooOld
    /// A genuine peer uses more sources than `SRTPContext.maximumSources`.
    case tooManySources
    /// So many packets were sent that the master key has to be replaced. RFC 3711 section 9.2.
    case keyExpired
    /// A key or salt does not have the length its profile asks for.
    case wrongKeyLength
    /// Any other status of libsrtp2, by its number.
    case library(Int32)
}
