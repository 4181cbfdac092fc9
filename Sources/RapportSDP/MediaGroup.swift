public import RapportBase

/// Media descriptions that belong together: `a=group`. RFC 5888 section 5.
public struct MediaGroup: Hashable, Sendable {
    /// `BUNDLE`, `LS` and so on.
    public var semantics: String
    public var mids: [MID]

    public init(semantics: String, mids: [MID]) {
        self.semantics = semantics
        self.mids = mids
    }

    /// One transport for all of them. RFC 9143 section 5.
    public static let bundle = "BUNDLE"
}
