internal import COpenSSL
internal import RapportBase

/// What we do with certificates, each in one call.
enum X509Verbs {
    static func selfSigned(
        key: OpaquePointer, notBefore: Int64, notAfter: Int64
    ) throws(DTLSError) -> OpaquePointer {
        guard let certificate = X509_new() else { throw DTLSError.takeFromQueue() }
        let signed =
            X509_set_version(certificate, 2) == 1  // 2 means version 3
            && setRandomSerial(certificate)
            && ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(notBefore)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(notAfter)) != nil
            && setName(certificate)
            && X509_set_pubkey(certificate, key) == 1
            && X509_sign(certificate, key, EVP_sha256()) > 0
        guard signed else {
            let error = DTLSError.takeFromQueue()
            X509_free(certificate)
            throw error
        }
        return certificate
    }

    /// RFC 5280 section 4.1.2.2: positive and hard to guess. 127 bits from OpenSSL's generator.
    private static func setRandomSerial(_ certificate: OpaquePointer) -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    /// Subject and issuer. The name says nothing about the user: RFC 8827 section 6.5 identifies by fingerprint only.
    private static func setName(_ certificate: OpaquePointer) -> Bool {
        let name = X509_get_subject_name(certificate)
        let text = Array("WebRTC".utf8)
        return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, Int32(text.count), -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
    }

    static func fingerprint(
        of certificate: OpaquePointer, _ algorithm: HashAlgorithm
    ) throws(DTLSError) -> Fingerprint {
        ERR_clear_error()
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard X509_digest(certificate, function(algorithm), &digest, &length) == 1 else {
            throw DTLSError.takeFromQueue()
        }
        return Fingerprint(algorithm: algorithm, bytes: Array(digest[..<Int(length)]))
    }

    private static func function(_ algorithm: HashAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}
