/// Parameters of a format, `a=fmtp`: `minptime=10;useinbandfec=1`, or bare words as `0-15`. RFC 8866 section 6.15.
public struct FormatParameters: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One parameter; `value` is nil for a bare word.
    public struct Entry: Hashable, Sendable {
        public var name: String
        public var value: String?

        public init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry] = []) { self.entries = entries }

    public init(dictionaryLiteral elements: (String, String)...) {
        entries = elements.map { Entry(name: $0.0, value: $0.1) }
    }

    /// Parses what stands behind the payload type. Never fails: what has no equals sign is a bare word.
    public init(parsing text: String) {
        entries = text.utf8.split(separator: .semicolon).compactMap { part in
            let trimmed = part.trimmed
            guard let equals = trimmed.firstIndex(of: .equals) else {
                return trimmed.isEmpty ? nil : Entry(name: trimmed.text, value: nil)
            }
            return Entry(name: trimmed[..<equals].text, value: trimmed[trimmed.index(after: equals)...].text)
        }
    }

    /// The value of a parameter; case of the name does not matter.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return entries.first { $0.name.lowercased() == wanted }?.value
    }

    /// A parameter read as a number; nil when it is absent or is none.
    public func number(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    public var isEmpty: Bool { entries.isEmpty }

    /// The parameters joined by semicolons.
    public var serialized: String {
        entries.map { entry in entry.value.map { entry.name + "=" + $0 } ?? entry.name }.joined(separator: ";")
    }
}
