/// Hash functions that `a=fingerprint` names. RFC 8122 section 5; MD5 and MD2 are refused.
public enum HashAlgorithm: String, Sendable, CaseIterable {
    case sha1 = "sha-1"
    case sha224 = "sha-224"
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    /// Length of the digest in bytes.
    public var digestLength: Int {
        switch self {
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }
}

/// What was wrong with a fingerprint.
public enum FingerprintError: Error, Hashable, Sendable {
    case unknownAlgorithm
    case malformed
    case wrongLength(expected: Int, actual: Int)
}

/// Digest of a DTLS certificate as the session description carries it. RFC 8122 section 5.
public struct Fingerprint: Hashable, Sendable {
    public var algorithm: HashAlgorithm
    public var bytes: [UInt8]

    public init(algorithm: HashAlgorithm, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Parses `sha-256 AB:CD:…`; case of the digits does not matter.
    public init(parsing value: some StringProtocol) throws(FingerprintError) {
        let fields = value.split(separator: " ")
        guard fields.count == 2 else { throw .malformed }
        guard let algorithm = HashAlgorithm(rawValue: fields[0].lowercased()) else { throw .unknownAlgorithm }
        var bytes: [UInt8] = []
        for pair in fields[1].split(separator: ":", omittingEmptySubsequences: false) {
            // The integer parser would take a sign for a digit: "+1", "-0".
            guard pair.utf8.count == 2, pair.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                let byte = UInt8(pair, radix: 16)
            else { throw .malformed }
            bytes.append(byte)
        }
        guard bytes.count == algorithm.digestLength else {
            throw .wrongLength(expected: algorithm.digestLength, actual: bytes.count)
        }
        self.init(algorithm: algorithm, bytes: bytes)
    }

    /// `sha-256 AB:CD:…` in upper case, as RFC 8122 asks.
    public var serialized: String {
        let digits = bytes.map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + text : text
        }
        return algorithm.rawValue + " " + digits.joined(separator: ":")
    }
}

/// Who opens the DTLS association. RFC 4145 section 4; RFC 5763 section 5.
public enum DTLSSetup: String, Sendable {
    case active
    case passive
    case actpass
    case holdconn
}
