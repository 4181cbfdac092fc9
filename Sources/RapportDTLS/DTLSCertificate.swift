internal import COpenSSL
public import RapportBase

/// A key pair and its self-signed certificate. RFC 8827 section 6.5; W3C `RTCCertificate`.
public struct DTLSCertificate: Sendable {
    /// Kinds of key that W3C `generateCertificate` asks for.
    public enum KeyAlgorithm: Sendable {
        /// ECDSA on P-256: a small certificate, so that a flight fits in one datagram.
        case p256
        /// RSA with 2048 bits, as some older peers use; takes about a hundred times longer to make.
        case rsa2048
    }

    let credentials: Credentials

    /// Makes a key and signs a certificate for it with a random serial number.
    /// - Parameters:
    ///   - now: Unix time in seconds. The certificate is valid from one day earlier, because clocks differ.
    ///   - lifetime: how long after `now` it stays valid; thirty days as browsers do.
    public static func makeSelfSigned(
        now: Int64, lifetime: Duration = .seconds(30 * 86_400), key: KeyAlgorithm = .p256
    ) throws(DTLSError) -> DTLSCertificate {
        let end = now &+ lifetime.components.seconds
        return DTLSCertificate(
            credentials: try Credentials(key: key, notBefore: now &- 86_400, notAfter: end), expires: end)
    }

    /// Unix time in seconds after which the certificate is not valid.
    public let expires: Int64

    init(credentials: Credentials, expires: Int64) {
        self.credentials = credentials
        self.expires = expires
    }

    /// The digest that the session description carries. RFC 8122 section 5.
    public func fingerprint(_ algorithm: HashAlgorithm = .sha256) throws(DTLSError) -> Fingerprint {
        try X509Verbs.fingerprint(of: credentials.certificate, algorithm)
    }
}
