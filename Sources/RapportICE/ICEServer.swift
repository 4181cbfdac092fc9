/// A STUN or TURN server as an application names it. RFC 7064, RFC 7065.
public struct ICEServer: Hashable, Sendable {
    public enum Endpoint: Hashable, Sendable {
        case stun(host: String, port: UInt16)
        case turn(host: String, port: UInt16, transport: Transport)
    }

    public enum Transport: String, Hashable, Sendable { case udp, tcp }

    public let endpoints: [Endpoint]
    public let username: String
    public let credential: String

    /// Parses `stun:host[:port]` and `turn:host[:port][?transport=udp|tcp]`; an IPv6 host stands in brackets.
    /// `stuns:` and `turns:` are refused with `tlsNotSupported`, as libnice would send in the clear.
    public init(urls: [String], username: String = "", credential: String = "") throws(ICEServerError) {
        var endpoints: [Endpoint] = []
        for url in urls {
            let endpoint = try Endpoint(parsing: url)
            if case .turn = endpoint, username.isEmpty || credential.isEmpty { throw .missingCredential(url) }
            endpoints.append(endpoint)
        }
        self.endpoints = endpoints
        self.username = username
        self.credential = credential
    }
}

extension ICEServer.Endpoint {
    /// RFC 7064 section 3.1: 3478 for STUN and TURN over UDP and TCP.
    public static let defaultPort: UInt16 = 3478

    init(parsing url: String) throws(ICEServerError) {
        guard let colon = url.firstIndex(of: ":") else { throw .unknownScheme(url) }
        let scheme = url[..<colon].lowercased()
        let rest = url[url.index(after: colon)...]
        if scheme == "stuns" || scheme == "turns" { throw .tlsNotSupported(url) }
        guard scheme == "stun" || scheme == "turn" else { throw .unknownScheme(url) }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (host, port) = try Self.authority(parts[0], url)
        if scheme == "turn" {
            self = .turn(host: host, port: port, transport: try Self.transport(parts, url))
        } else {
            guard parts.count == 1 else { throw .unknownTransport(url) }
            self = .stun(host: host, port: port)
        }
    }

    private static func transport(_ parts: [Substring], _ url: String) throws(ICEServerError) -> ICEServer.Transport {
        guard parts.count == 2 else { return .udp }
        let query = parts[1].lowercased()
        guard query.hasPrefix("transport="), let transport = ICEServer.Transport(rawValue: String(query.dropFirst(10)))
        else { throw .unknownTransport(url) }
        return transport
    }

    private static func authority(_ text: Substring, _ url: String) throws(ICEServerError) -> (String, UInt16) {
        let host: Substring
        var rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw .invalidHost(url) }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.utf8.allSatisfy(isAddressByte) else { throw .invalidHost(url) }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
            guard host.utf8.allSatisfy(isHostByte) else { throw .invalidHost(url) }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { throw .invalidHost(url) }
        if rest.isEmpty { return (String(host), defaultPort) }
        guard rest.removeFirst() == ":", let port = UInt16(rest), port > 0, rest.utf8.first != 0x2B else {
            throw .invalidPort(url)
        }
        return (String(host), port)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true  // digits letters - . _
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x46, 0x61...0x66, 0x2E: true  // digits : A-F a-f .
        default: false
        }
    }
}
