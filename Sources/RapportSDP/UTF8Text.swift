// A description is taken apart as UTF-8 bytes, not as characters: `\r\n` is one Character to Swift, and a combining
// mark behind a space would hide the space.
typealias UTF8Text = Substring.UTF8View

extension UInt8 {
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
}

extension UTF8Text {
    var text: String { String(Substring(self)) }

    /// Without spaces at either end.
    var trimmed: UTF8Text {
        var rest = self
        while rest.first == .space { rest.removeFirst() }
        while rest.last == .space { rest.removeLast() }
        return rest
    }

    /// The words between spaces.
    var words: [UTF8Text] { split(separator: .space) }

    func isEqual(_ other: StaticString) -> Bool {
        other.withUTF8Buffer { elementsEqual($0) }
    }

    /// What stands before the first `separator`, and what behind it; nil behind when there is none.
    func halves(at separator: UInt8) -> (before: UTF8Text, behind: UTF8Text?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[self.index(after: index)...])
    }

    /// A number of digits only; nil when anything else stands there or it does not fit.
    func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        guard !isEmpty, allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Number(text, radix: 10)
    }

    /// `token` of RFC 8866 section 9.
    var isToken: Bool {
        !isEmpty
            && allSatisfy { byte in
                switch byte {
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
                default: false
                }
            }
    }

    /// `ice-char` of RFC 8839 section 5.1: letters, digits, plus and slash. Base64 signs that old endpoints write
    /// beside them (`-`, `_`, `=`) are let pass, as the STUN user name only has to be repeated byte for byte.
    var isICEText: Bool {
        allSatisfy { byte in
            switch byte {
            case 0x2B, 0x2D, 0x2F, 0x30...0x39, 0x3D, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
    }
}
