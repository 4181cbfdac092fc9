internal import COpenSSL

/// Owner of an `EVP_PKEY` and its `X509`.
///
/// Unchecked: both are written only in `init`; afterwards OpenSSL reads them and counts references atomically.
final class Credentials: @unchecked Sendable {
    let key: OpaquePointer
    let certificate: OpaquePointer

    init(key algorithm: DTLSCertificate.KeyAlgorithm, notBefore: Int64, notAfter: Int64) throws(DTLSError) {
        ERR_clear_error()
        let generated: OpaquePointer? =
            switch algorithm {
            case .p256: rapport_generate_p256()
            case .rsa2048: rapport_generate_rsa2048()
            }
        guard let key = generated else { throw DTLSError.takeFromQueue() }
        do throws(DTLSError) {
            certificate = try X509Verbs.selfSigned(key: key, notBefore: notBefore, notAfter: notAfter)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }
}
