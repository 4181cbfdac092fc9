/// What can go wrong between this program and its ICE library, its sockets and its settings.
public enum ICEError: Error, Hashable, Sendable {
    /// The libnice that was loaded lacks a feature; 0.1.21 or later is needed.
    case libraryTooOld(missing: String)
    /// The library refused to make an agent or a stream.
    case library(ICELibraryCall)
    /// An address to bind to is no IPv4 or IPv6 literal.
    case invalidBindAddress(String)
    /// No host candidate could be made on any address.
    case gatheringFailed
    /// Length or characters of the peer's user name fragment or password. RFC 8839 section 5.4.
    case invalidRemoteParameters
    /// The call came after `close`.
    case closed
    case server(ICEServerError)
}

/// The library call that failed.
public enum ICELibraryCall: String, Hashable, Sendable {
    case makeAgent, addStream, setLocalCredentials, attachReceive, setRelay, setRemoteCredentials
}

/// Why a server URL was refused.
public enum ICEServerError: Error, Hashable, Sendable {
    case unknownScheme(String)
    case invalidHost(String)
    case invalidPort(String)
    case unknownTransport(String)
    /// `stuns:` and `turns:` are refused: libnice would open the TLS port and talk in the clear.
    case tlsNotSupported(String)
    /// A TURN URL needs a user name and a credential. RFC 8656 section 5.
    case missingCredential(String)
    case tooManyRelays(limit: Int)
}
