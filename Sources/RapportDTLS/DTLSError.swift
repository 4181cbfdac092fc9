/// Why an association could not be made or had to end.
public enum DTLSError: Error, Hashable, Sendable {
    /// The peer's certificate is not the one its description named. RFC 8122 section 6.2.
    case fingerprintMismatch
    /// The peer and we have no SRTP profile in common, or it did not offer any. RFC 5764 section 4.1.
    case noCommonSRTPProfile
    /// The peer sent no certificate. RFC 5763 section 5 asks for one from both sides.
    case noPeerCertificate
    /// The peer ended the association with this alert. RFC 5246 section 7.2.
    case peerAlert(UInt8)
    /// The handshake broke on our side; OpenSSL's reason number (`SSL_R_…`).
    case handshakeFailed(reason: Int32)
    /// The peer did not answer any of the retransmissions.
    case timedOut
    /// Application data before the association is there, or after its end.
    case notConnected
    /// A message does not fit in one record of one datagram; the most bytes that do.
    case messageTooLarge(limit: Int)
    /// Any other failure of OpenSSL, by its packed error code; zero when it left none.
    case library(code: UInt)
}
