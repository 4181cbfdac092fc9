internal import COpenSSL

/// The `SSL_CTX` with everything that is the same for every association.
final class DTLSPolicy: @unchecked Sendable {
    // Unchecked: written only in `init`; SSL_new reads it, which OpenSSL allows from several threads.
    let context: OpaquePointer

    /// Made once: fetching the algorithms takes longer than a handshake's arithmetic.
    static let shared: Result<DTLSPolicy, DTLSError> = Result { () throws(DTLSError) in try DTLSPolicy() }

    /// RFC 8827 section 6.5: forward secrecy and AEAD; TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 must be there.
    static let cipherSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    ]
    static let groups = "X25519:P-256"
    /// The peer's certificate may be of any of these kinds.
    static let signatureAlgorithms = [
        "ECDSA+SHA256", "RSA-PSS+SHA256", "RSA+SHA256", "ECDSA+SHA384", "RSA-PSS+SHA384", "RSA+SHA384",
        "RSA-PSS+SHA512", "RSA+SHA512",
    ]

    init() throws(DTLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(DTLS_method()) else { throw DTLSError.takeFromQueue() }
        self.context = context
        rapport_ctx_set_options(context)
        rapport_ctx_set_no_session_cache(context)
        guard rapport_ctx_set_only_dtls12(context) == 1,
            SSL_CTX_set_cipher_list(context, Self.cipherSuites.joined(separator: ":")) == 1,
            rapport_ctx_set_groups(context, Self.groups) == 1,
            rapport_ctx_set_signature_algorithms(context, Self.signatureAlgorithms.joined(separator: ":")) == 1
        else { throw DTLSError.takeFromQueue() }
        // RFC 5763 section 5: both sides show a certificate. Its chain means nothing, its fingerprint everything.
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_cert_verify_callback(context, { store, _ in PeerVerification.verify(store) }, nil)
    }

    deinit { SSL_CTX_free(context) }
}
