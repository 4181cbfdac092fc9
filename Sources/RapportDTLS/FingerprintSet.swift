internal import COpenSSL
internal import RapportBase

/// The fingerprints a description gave for its certificates, and the rule that picks among them. RFC 8122 section 5.
struct FingerprintSet {
    /// Strongest first.
    private static let preference: [HashAlgorithm] = [.sha512, .sha384, .sha256, .sha224, .sha1]

    private let candidates: [Fingerprint]

    /// Keeps the fingerprints of the most preferred hash function among those given: RFC 8122 section 5 lets the
    /// others count for nothing, so that a broken hash function beside a good one opens no door.
    init(_ fingerprints: [Fingerprint]) {
        let algorithm = Self.preference.first { algorithm in fingerprints.contains { $0.algorithm == algorithm } }
        candidates = fingerprints.filter { $0.algorithm == algorithm }
    }

    /// True when the certificate's digest is one of the candidates; never for an empty set.
    func matches(_ certificate: OpaquePointer) -> Bool {
        guard let algorithm = candidates.first?.algorithm,
            let actual = try? X509Verbs.fingerprint(of: certificate, algorithm)
        else { return false }
        return candidates.contains(actual)
    }
}
