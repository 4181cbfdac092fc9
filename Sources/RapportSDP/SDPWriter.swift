import RapportBase

/// Puts lines together, each with CRLF behind it. RFC 8866 section 5.
struct SDPWriter {
    private(set) var text = ""

    /// Adds a line. What may not stand inside a line (NUL, CR, LF) is left out, so that no value given by a program
    /// can begin a line of its own.
    mutating func line(_ type: String, _ value: String) {
        text += type
        text += "="
        if value.utf8.contains(where: { $0 == 0 || $0 == .newline || $0 == .carriageReturn }) {
            text.unicodeScalars.append(
                contentsOf: value.unicodeScalars.filter { $0 != "\0" && $0 != "\n" && $0 != "\r" })
        } else {
            text += value
        }
        text += "\r\n"
    }

    mutating func attribute(_ name: SDPAttributeName, _ value: String) { line("a", name.rawValue + ":" + value) }

    mutating func attribute(_ name: SDPAttributeName, if isSet: Bool = true) {
        if isSet { line("a", name.rawValue) }
    }

    mutating func attributes(_ name: SDPAttributeName, _ values: [String]) {
        for value in values { attribute(name, value) }
    }

    mutating func attribute(_ name: SDPAttributeName, ifAny value: String?) {
        if let value { attribute(name, value) }
    }

    mutating func direction(_ direction: MediaDirection?) {
        if let direction { line("a", direction.rawValue) }
    }

    mutating func transport(_ transport: TransportDescription) {
        attribute(.iceUsernameFragment, ifAny: transport.usernameFragment)
        attribute(.icePassword, ifAny: transport.password)
        if !transport.iceOptions.isEmpty { attribute(.iceOptions, transport.iceOptions.joined(separator: " ")) }
        attributes(.fingerprint, transport.fingerprints.map(\.serialized))
        attribute(.setup, ifAny: transport.setup?.rawValue)
    }

    mutating func others(_ attributes: [SDPAttribute]) {
        for attribute in attributes { line("a", attribute.serialized) }
    }
}
