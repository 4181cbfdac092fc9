/// Who made the session and which version of it this is: the `o=` line. RFC 8866 section 5.2.
public struct SessionOrigin: Hashable, Sendable {
    public var username: String
    public var sessionID: UInt64
    /// Goes up by one whenever the maker changes the description. RFC 3264 section 8.
    public var sessionVersion: UInt64
    public var address: NetworkAddress

    public init(
        username: String = "-", sessionID: UInt64, sessionVersion: UInt64,
        address: NetworkAddress = NetworkAddress(address: "127.0.0.1")
    ) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.address = address
    }

    /// The value of the line.
    public var serialized: String { "\(username) \(sessionID) \(sessionVersion) \(address.serialized)" }
}
