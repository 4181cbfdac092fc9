import RapportBase

extension TransportDescription {
    /// More than any endpoint writes; the rest is a mistake or an attack.
    private static let maximumEntries = 32

    /// RFC 8839 section 5.4: 4 to 256 characters.
    mutating func insertUsernameFragment(_ attribute: AttributeLine) throws(SDPError) {
        let value = try Self.iceText(attribute, .iceUsernameFragment, atLeast: 4)
        try attribute.set(&usernameFragment, to: value, .iceUsernameFragment)
    }

    /// RFC 8839 section 5.4: 22 to 256 characters.
    mutating func insertPassword(_ attribute: AttributeLine) throws(SDPError) {
        let value = try Self.iceText(attribute, .icePassword, atLeast: 22)
        try attribute.set(&password, to: value, .icePassword)
    }

    mutating func insertOptions(_ attribute: AttributeLine) throws(SDPError) {
        for option in try attribute.words(.iceOptions, atLeast: 1).map(\.text) where !iceOptions.contains(option) {
            guard iceOptions.count < Self.maximumEntries else {
                throw .tooManyAttributes(line: attribute.line, attribute: .iceOptions)
            }
            iceOptions.append(option)
        }
    }

    mutating func insertSetup(_ attribute: AttributeLine) throws(SDPError) {
        guard let value = DTLSSetup(rawValue: try attribute.required(.setup).text) else {
            throw attribute.malformed(.setup)
        }
        try attribute.set(&setup, to: value, .setup)
    }

    /// False when the hash function is unknown: there may be others, of one that we know. RFC 8122 section 5.
    mutating func insertFingerprint(_ attribute: AttributeLine) throws(SDPError) -> Bool {
        guard fingerprints.count < Self.maximumEntries else {
            throw .tooManyAttributes(line: attribute.line, attribute: .fingerprint)
        }
        let text = try attribute.required(.fingerprint).text
        do {
            fingerprints.append(try Fingerprint(parsing: text))
            return true
        } catch FingerprintError.unknownAlgorithm {
            return false
        } catch {
            throw attribute.malformed(.fingerprint)
        }
    }

    private static func iceText(
        _ attribute: AttributeLine, _ name: SDPAttributeName, atLeast count: Int
    ) throws(SDPError) -> String {
        let value = try attribute.required(name)
        guard value.count >= count, value.count <= 256, value.isICEText else { throw attribute.malformed(name) }
        return value.text
    }
}
