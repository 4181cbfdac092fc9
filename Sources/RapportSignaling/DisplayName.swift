/// What a participant wants to be called: 1 to 64 characters on one line, without control characters.
public struct DisplayName: Hashable, Sendable {
    public let text: String

    /// Nil when nothing is left after trimming, when it is too long, or when it holds control characters.
    public init?(_ raw: String) {
        guard raw.utf8.count <= 4 * SignalingLimits.name else { return nil }
        let trimmed = Self.trimmed(raw[...])
        guard !trimmed.isEmpty, trimmed.count <= SignalingLimits.name else { return nil }
        guard trimmed.unicodeScalars.allSatisfy(Self.mayStandInName) else { return nil }
        text = String(trimmed)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// Control and line-breaking characters, and those that turn the direction of the text around a name,
    /// would let one name pose as another.
    private static func mayStandInName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        }
    }
}

extension DisplayName: Codable {
    public init(from decoder: any Decoder) throws {
        guard let name = DisplayName(try decoder.singleValueContainer().decode(String.self)) else {
            throw SignalingError.nameInvalid
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
