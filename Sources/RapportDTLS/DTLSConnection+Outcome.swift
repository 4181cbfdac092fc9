internal import COpenSSL
internal import RapportBase

/// What a finished handshake agreed on.
extension DTLSConnection {
    /// RFC 5764 section 4.1.2.
    var selectedProfile: SRTPProfile? {
        guard let profile = SSL_get_selected_srtp_profile(ssl) else { return nil }
        return SRTPProfile(rawValue: UInt16(truncatingIfNeeded: profile.pointee.id))
    }

    /// The IANA name of the cipher suite.
    var cipherSuite: String? {
        guard let cipher = SSL_get_current_cipher(ssl), let name = SSL_CIPHER_standard_name(cipher) else { return nil }
        return String(cString: name)
    }

    /// RFC 7627.
    var hasExtendedMasterSecret: Bool { rapport_dtls_has_extended_master_secret(ssl) == 1 }

    /// The most bytes one message may have; nil before the cipher is known.
    var maximumMessageSize: Int? {
        let size = DTLS_get_data_mtu(ssl)
        return size > 0 ? Int(size) : nil
    }

    /// Whether the peer's certificate has one of the fingerprints; throws when it sent none.
    func peerMatches(_ fingerprints: FingerprintSet) throws(DTLSError) -> Bool {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { throw .noPeerCertificate }
        defer { X509_free(certificate) }
        return fingerprints.matches(certificate)
    }

    /// The peer's certificate in DER.
    var peerCertificate: [UInt8]? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        let count = Int(i2d_X509(certificate, nil))
        guard count > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var cursor = buffer.baseAddress
            written = max(0, Int(i2d_X509(certificate, &cursor)))
        }
    }

    /// Master keys and salts: client key, server key, client salt, server salt, in this order. RFC 5764 section 4.2.
    func exportKeys(_ profile: SRTPProfile) throws(DTLSError) -> SRTPKeys {
        ERR_clear_error()
        let label = "EXTRACTOR-dtls_srtp"
        let (key, salt) = (profile.keyLength, profile.saltLength)
        var material = [UInt8](repeating: 0, count: 2 * (key + salt))
        guard SSL_export_keying_material(ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1 else {
            throw DTLSError.takeFromQueue()
        }
        defer { material.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        return SRTPKeys(
            profile: profile,
            clientKey: Array(material[..<key]), clientSalt: Array(material[2 * key..<2 * key + salt]),
            serverKey: Array(material[key..<2 * key]), serverSalt: Array(material[(2 * key + salt)...]))
    }
}
