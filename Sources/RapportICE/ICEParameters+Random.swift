import RapportBase

extension ICEParameters {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Fresh credentials from the system's generator; libnice's own come from a Mersenne twister.
    static func random() -> ICEParameters {
        var generator = SystemRandomNumberGenerator()
        return ICEParameters(
            usernameFragment: text(8, using: &generator), password: text(32, using: &generator))
    }

    private static func text(_ count: Int, using generator: inout SystemRandomNumberGenerator) -> String {
        String(decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] }, as: UTF8.self)
    }

    /// RFC 8839 section 5.4: 4 to 256 and 22 to 256 characters. Any visible character but a colon is taken, since
    /// some agents go beyond ice-char.
    var isValid: Bool {
        (4...256).contains(usernameFragment.utf8.count) && (22...256).contains(password.utf8.count)
            && usernameFragment.utf8.allSatisfy(Self.mayStandInCredential)
            && password.utf8.allSatisfy(Self.mayStandInCredential)
    }

    private static func mayStandInCredential(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != 0x3A
    }
}
