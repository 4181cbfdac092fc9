import Foundation
import NIOCore
import NIOHTTP1

/// Decides which requests may become WebSocket connections.
struct UpgradeGate: Sendable {
    let origins: OriginRule
    let limiter: RateLimiter

    func admits(_ head: HTTPRequestHead, from address: SocketAddress?) -> Bool {
        guard head.uri == WebSocketChannel.path else { return false }
        let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        guard offered.contains(where: { $0 == WebSocketChannel.subprotocol }) else { return false }
        let origin = head.headers.first(name: "Origin")
        guard origins.admits(origin: origin, host: head.headers.first(name: "Host")) else { return false }
        return limiter.admit(AddressKey.of(address))
    }
}

/// Which pages may speak to this server. Browsers do not hold WebSockets to the same-origin rule: the server must.
struct OriginRule: Sendable {
    let configuration: ServerConfiguration

    /// A request without an origin comes from no page; it has nothing to borrow, since no cookie opens anything here.
    func admits(origin: String?, host: String?) -> Bool {
        guard let origin else { return true }
        if let publicURL = configuration.publicURL { return origin.lowercased() == Self.origin(of: publicURL) }
        guard let host else { return false }
        return origin.lowercased() == (configuration.tls == nil ? "http://" : "https://") + host.lowercased()
    }

    /// Scheme and authority of a URL, in lower case.
    static func origin(of url: String) -> String {
        guard let scheme = url.range(of: "://") else { return url.lowercased() }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return url[..<scheme.upperBound].lowercased() + authority.lowercased()
    }
}

/// What stands for an address in the limits: IPv4 whole, IPv6 by its first 64 bits, which one line usually holds.
enum AddressKey {
    static func of(_ address: SocketAddress?) -> String {
        switch address {
        // By offset (RFC 3493 section 3.3: behind family and port, and in IPv6 behind the flow): which module a member
        // of the C structure belongs to depends on what else is imported.
        case .v4(let address): withUnsafeBytes(of: address.address) { hexadecimal($0[4..<8]) }
        case .v6(let address): withUnsafeBytes(of: address.address) { hexadecimal($0[8..<16]) }
        case .unixDomainSocket, nil: "local"
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
