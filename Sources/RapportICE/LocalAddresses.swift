import CNice
import Glibc

/// The addresses of this machine that are worth a host candidate.
enum LocalAddresses {
    /// Addresses of interfaces that are up; loopback's only when there is no other (libnice itself never takes them).
    /// RFC 8445 section 5.1.1.1: no link-local IPv6 addresses, which need a scope that candidates cannot carry.
    static func usable() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return loopback }
        defer { freeifaddrs(first) }
        var addresses: [String] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let text = candidateAddress(entry.pointee), !addresses.contains(text) else { continue }
            addresses.append(text)
        }
        return addresses.isEmpty ? loopback : addresses
    }

    /// Both loopback addresses.
    static let loopback = ["127.0.0.1", "::1"]

    private static func candidateAddress(_ entry: ifaddrs) -> String? {
        let needed = UInt32(IFF_UP | IFF_RUNNING)
        guard entry.ifa_flags & needed == needed, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0,
            let address = entry.ifa_addr
        else { return nil }
        let family = CInt(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        var nice = NiceAddress()
        nice_address_set_from_sockaddr(&nice, address)
        return nice.isLinkLocalIPv6 ? nil : nice.literal
    }
}
