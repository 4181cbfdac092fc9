import Crypto

/// A random string that opens something: 192 bits of the system's generator, 32 characters of base64url.
struct Secret: Sendable {
    let text: String

    static func random() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<24).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Secret(text: base64URL(bytes))
    }

    /// What is stored in its place. A random secret of this length needs no slow hash, and a lookup by hash tells an
    /// attacker nothing by its timing that helps to find the secret.
    static func hash(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    var hash: [UInt8] { Self.hash(text) }

    /// RFC 4648 section 5, for whole groups of three bytes, which need no padding.
    static func base64URL(_ bytes: [UInt8]) -> String {
        precondition(bytes.count % 3 == 0)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
            for shift: UInt32 in [18, 12, 6, 0] { text.append(alphabet[Int(group >> shift & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Compares without telling by the time taken where two strings differ.
    static func matches(_ a: String, _ b: String) -> Bool {
        let pairs = zip(hash(a), hash(b))
        return pairs.reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
