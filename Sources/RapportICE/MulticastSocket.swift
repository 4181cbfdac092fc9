import CNice
import Glibc

/// A UDP socket that speaks to the multicast DNS group on every interface.
final class MulticastSocket {
    enum Family { case ipv4, ipv6 }

    static let port: UInt16 = 5353
    let descriptor: CInt
    let family: Family

    /// For asking: bound to a free port, so that answers come back by unicast. RFC 6762 section 5.1.
    static func asking(_ family: Family) -> MulticastSocket? { MulticastSocket(family, boundTo: 0) }

    /// For hearing answers sent to the group: bound to 5353 beside whoever else has it, and joined everywhere.
    static func listening(_ family: Family) -> MulticastSocket? {
        guard let socket = MulticastSocket(family, boundTo: port) else { return nil }
        for interface in interfaces() { socket.join(interface) }
        return socket
    }

    private init?(_ family: Family, boundTo port: UInt16) {
        let domain = family == .ipv4 ? AF_INET : AF_INET6
        let flags = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(domain, flags, 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.family = family
        set(SOL_SOCKET, SO_REUSEADDR, 1)
        set(SOL_SOCKET, SO_REUSEPORT, 1)
        if family == .ipv6 { set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        setGroupOptions()
        guard var any = NiceAddress(literal: family == .ipv4 ? "0.0.0.0" : "::", port: port),
            bind(descriptor, rapport_sockaddr(&any), Self.addressLength(family)) == 0
        else { return nil }
    }

    deinit { close(descriptor) }

    /// RFC 6762 section 11: a hop limit of 255. The loop lets a responder on this machine hear.
    private func setGroupOptions() {
        switch family {
        case .ipv4:
            set(CInt(IPPROTO_IP), IP_MULTICAST_TTL, 255)
            set(CInt(IPPROTO_IP), IP_MULTICAST_LOOP, 1)
        case .ipv6:
            set(CInt(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, 255)
            set(CInt(IPPROTO_IPV6), IPV6_MULTICAST_LOOP, 1)
        }
    }

    @discardableResult
    private func set(_ level: CInt, _ option: CInt, _ value: CInt) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }

    /// Sends to the group once on each interface. True when one took it.
    func sendToGroup(_ bytes: [UInt8]) -> Bool {
        guard var group = NiceAddress(literal: family == .ipv4 ? "224.0.0.251" : "ff02::fb", port: Self.port) else {
            return false
        }
        var didSend = false
        for interface in Self.interfaces() where select(interface) {
            let count = sendto(descriptor, bytes, bytes.count, 0, rapport_sockaddr(&group), Self.addressLength(family))
            didSend = didSend || count == bytes.count
        }
        return didSend
    }

    private func select(_ interface: UInt32) -> Bool {
        switch family {
        case .ipv4:
            var request = ip_mreqn()
            request.imr_ifindex = CInt(interface)
            let size = socklen_t(MemoryLayout<ip_mreqn>.size)
            return setsockopt(descriptor, CInt(IPPROTO_IP), IP_MULTICAST_IF, &request, size) == 0
        case .ipv6: return set(CInt(IPPROTO_IPV6), IPV6_MULTICAST_IF, CInt(interface))
        }
    }

    private func join(_ interface: UInt32) {
        switch family {
        case .ipv4:
            var request = ip_mreqn()
            request.imr_multiaddr.s_addr = inet_addr("224.0.0.251")
            request.imr_ifindex = CInt(interface)
            let size = socklen_t(MemoryLayout<ip_mreqn>.size)
            setsockopt(descriptor, CInt(IPPROTO_IP), IP_ADD_MEMBERSHIP, &request, size)
        case .ipv6:
            var request = ipv6_mreq()
            inet_pton(AF_INET6, "ff02::fb", &request.ipv6mr_multiaddr)
            request.ipv6mr_interface = interface
            let size = socklen_t(MemoryLayout<ipv6_mreq>.size)
            setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_ADD_MEMBERSHIP, &request, size)
        }
    }

    /// The next datagram and where it came from; nil when there is none.
    func receive(into buffer: inout [UInt8]) -> (count: Int, source: NiceAddress)? {
        var source = NiceAddress()
        var length = socklen_t(MemoryLayout<NiceAddress>.size)
        let count = withUnsafeMutablePointer(to: &source) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
            }
        }
        return count < 0 ? nil : (count, source)
    }

    private static func addressLength(_ family: Family) -> socklen_t {
        socklen_t(family == .ipv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
    }

    /// Every interface that is up and carries multicast; loopback does so without saying it.
    private static func interfaces() -> Set<UInt32> {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: Set<UInt32> = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            let flags = entry.pointee.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, flags & UInt32(IFF_MULTICAST | IFF_LOOPBACK) != 0 else { continue }
            let index = if_nametoindex(entry.pointee.ifa_name)
            if index > 0 { found.insert(index) }
        }
        return found
    }
}
