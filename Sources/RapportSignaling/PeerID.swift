/// Names one presence in one session: 1 to 32 characters of `A-Z a-z 0-9 - _`, new for every join.
public struct PeerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    /// Nil when the text is empty, too long or has other characters.
    public init?(_ text: String) {
        guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy(Self.mayStandInID) else { return nil }
        self.text = text
    }

    /// Sixteen hexadecimal digits from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
        text = String(repeating: "0", count: 16 - digits.count) + digits
    }

    public static func < (a: PeerID, b: PeerID) -> Bool { a.text < b.text }

    public var description: String { text }

    private static func mayStandInID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension PeerID: Codable {
    public init(from decoder: any Decoder) throws {
        guard let peer = PeerID(try decoder.singleValueContainer().decode(String.self)) else {
            throw SignalingError.malformed
        }
        self = peer
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
