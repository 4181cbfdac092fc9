/// An attribute as it was written: `a=name` or `a=name:value`. RFC 8866 section 5.13.
public struct SDPAttribute: Hashable, Sendable {
    public var name: String
    /// Nil for a property attribute, one without a colon.
    public var value: String?

    public init(name: String, value: String? = nil) {
        self.name = name
        self.value = value
    }

    /// What stands behind `a=`.
    public var serialized: String { value.map { name + ":" + $0 } ?? name }
}
