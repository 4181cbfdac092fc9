import CNice

extension NiceAddress {
    /// Nil unless `literal` is an IPv4 or IPv6 address; never asks a name server.
    init?(literal: String, port: UInt16 = 0) {
        self.init()
        nice_address_init(&self)
        guard !literal.utf8.contains(0), nice_address_set_from_string(&self, literal) != 0 else { return nil }
        nice_address_set_port(&self, guint(port))
    }

    /// The address without its port.
    var literal: String {
        var address = self
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NICE_ADDRESS_STRING_LEN) + 1) { buffer in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress else { return "" }
            nice_address_to_string(&address, start)
            return String(cString: start)
        }
    }

    var port: UInt16 {
        var address = self
        return UInt16(truncatingIfNeeded: nice_address_get_port(&address))
    }

    var isIPv6: Bool {
        var address = self
        return nice_address_ip_version(&address) == 6
    }

    var isValid: Bool {
        var address = self
        return nice_address_is_valid(&address) != 0
    }

    /// fe80::/10. The library declares a function for this and does not export it.
    var isLinkLocalIPv6: Bool {
        isIPv6 && withUnsafeBytes(of: s.ip6.sin6_addr) { $0[0] == 0xFE && $0[1] & 0xC0 == 0x80 }
    }

    /// False for addresses that no single peer can have: unspecified, multicast, broadcast.
    var mayBePeer: Bool {
        if isIPv6 {
            let bytes = s.ip6.sin6_addr
            return withUnsafeBytes(of: bytes) { $0[0] != 0xFF && !$0.allSatisfy { $0 == 0 } }
        }
        let value = UInt32(bigEndian: s.ip4.sin_addr.s_addr)
        return value >> 24 != 0 && value >> 28 < 0xE
    }
}
