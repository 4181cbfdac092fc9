/// Which number stands for an RTP header extension, `a=extmap`. RFC 8285 section 5.
public struct HeaderExtensionMapping: Hashable, Sendable {
    /// 1...14 in one-byte form, 1...255 in two-byte form, 4096...4351 for an offer's choice among more.
    public var id: UInt16
    /// Nil when not said, which means both ways.
    public var direction: MediaDirection?
    public var uri: String
    /// What follows the URI.
    public var attributes: String?

    public init(id: UInt16, direction: MediaDirection? = nil, uri: String, attributes: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.attributes = attributes
    }

    /// The value of the attribute.
    public var serialized: String {
        var text = String(id)
        if let direction { text += "/" + direction.rawValue }
        text += " " + uri
        if let attributes { text += " " + attributes }
        return text
    }
}
