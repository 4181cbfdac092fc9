internal import COpenSSL

/// OpenSSL's question about the peer's certificate, asked while an alert can still be sent.
///
/// This is the courtesy; the lock is `DTLSEndpoint`, which checks again before it lets the keys out.
enum PeerVerification {
    static func verify(_ store: OpaquePointer?) -> Int32 {
        let index = SSL_get_ex_data_X509_STORE_CTX_idx()
        guard let store, let data = X509_STORE_CTX_get_ex_data(store, index) else { return 0 }
        let ssl = OpaquePointer(data)
        guard let link = DatagramLink.behind(ssl: ssl), let certificate = X509_STORE_CTX_get0_cert(store) else {
            return 0
        }
        // RFC 5764 section 4.1: both hellos are read by now, so the profile is settled.
        guard SSL_get_selected_srtp_profile(ssl) != nil else {
            return refuse(.noCommonSRTPProfile, X509_V_ERR_APPLICATION_VERIFICATION, store, link)
        }
        if let fingerprints = link.fingerprints, !fingerprints.matches(certificate) {
            return refuse(.fingerprintMismatch, X509_V_ERR_CERT_REJECTED, store, link)
        }
        return 1
    }

    /// OpenSSL turns `reason` into the alert: handshake_failure or bad_certificate.
    private static func refuse(
        _ error: DTLSError, _ reason: Int32, _ store: OpaquePointer, _ link: DatagramLink
    ) -> Int32 {
        link.refusal = error
        X509_STORE_CTX_set_error(store, reason)
        return 0
    }
}
