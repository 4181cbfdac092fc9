import RapportBase

extension SessionDescription {
    /// The description as text, lines ended with CRLF, attributes in one fixed order and the unread ones last.
    public func serialized() -> String {
        var writer = SDPWriter()
        writer.line("v", "0")
        writer.line("o", origin.serialized)
        writer.line("s", sessionName)
        if let connection { writer.line("c", connection.serialized) }
        writer.line("t", "0 0")  // RFC 9429 section 5.2.1: a session without bounds.
        for group in groups {
            writer.attribute(.group, ([group.semantics] + group.mids.map(\.rawValue)).joined(separator: " "))
        }
        writer.attribute(.iceLite, if: isICELite)
        writer.transport(transport)
        writer.attribute(.allowsMixedExtensions, if: allowsMixedExtensions)
        if let streamSemantics {
            let words = [streamSemantics.semantic] + streamSemantics.streamIDs
            writer.attribute(.streamSemantics, words.joined(separator: " "))
        }
        writer.attributes(.extensionMapping, extensions.map(\.serialized))
        writer.direction(direction)
        writer.others(otherAttributes)
        for section in media { section.serialize(into: &writer) }
        return writer.text
    }
}
