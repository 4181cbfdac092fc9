/// What `createSession` gives out once: the server keeps only hashes of the secrets in the links.
public struct SessionLinks: Codable, Hashable, Sendable {
    public var sessionID: String
    public var clinician: String
    public var client: String
    /// Milliseconds since 1970, UTC.
    public var opensAt: Int64
    public var closesAt: Int64
}
