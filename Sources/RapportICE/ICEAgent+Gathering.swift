import CNice
import Glibc

extension ICEAgent {
    /// Opens sockets and begins to gather: host candidates are told right after this returns, the others as servers
    /// answer. Fails with `gatheringFailed` when no address can be bound.
    public func startGathering() throws(ICEError) {
        executor.checkIsolated()
        guard isOpen else { throw .closed }
        guard !hasStartedGathering else { return }
        try addServers()
        guard calling({ nice_agent_gather_candidates(nice, stream) }) != 0 else { throw .gatheringFailed }
        hasStartedGathering = true
        enlargeSocketBuffers()
        keepSocketsPolled()
        try useRemote()
    }

    private func addServers() throws(ICEError) {
        var relays = 0
        var hasStun = false
        for server in configuration.servers {
            for endpoint in server.endpoints {
                switch endpoint {
                case .stun(let host, let port):
                    // libnice asks one STUN server; a second would tell the same address.
                    if !hasStun { useStun(host, port) }
                    hasStun = true
                case .turn(let host, let port, let transport):
                    relays += 1
                    guard relays <= Int(NICE_CANDIDATE_MAX_TURN_SERVERS) else {
                        throw .server(.tooManyRelays(limit: Int(NICE_CANDIDATE_MAX_TURN_SERVERS)))
                    }
                    try useTurn(host, port, transport, server)
                }
            }
        }
    }

    private func useStun(_ host: String, _ port: UInt16) {
        calling {
            rapport_set_string(nice, "stun-server", host)
            rapport_set_uint(nice, "stun-server-port", guint(port))
        }
    }

    private func useTurn(
        _ host: String, _ port: UInt16, _ transport: ICEServer.Transport, _ server: ICEServer
    ) throws(ICEError) {
        let type = transport == .udp ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP
        let didSet = calling {
            nice_agent_set_relay_info(nice, stream, 1, host, guint(port), server.username, server.credential, type)
        }
        guard didSet != 0 else { throw .library(.setRelay) }
    }

    /// libnice leaves the system's default, which holds about 90 packets: less than one key frame.
    func enlargeSocketBuffers() {
        guard let sockets = nice_agent_get_sockets(nice, stream, 1) else { return }
        defer { g_ptr_array_unref(sockets) }
        for index in 0..<sockets.pointee.len {
            guard let socket = rapport_socket_at(sockets, index) else { continue }
            Self.enlargeBuffers(of: rapport_socket_fd(socket), to: configuration.socketBufferBytes)
        }
    }

    /// The forced options need a privilege; without it the kernel's limit (net.core.rmem_max) holds.
    private static func enlargeBuffers(of descriptor: CInt, to bytes: Int) {
        var size = CInt(clamping: bytes)
        let length = socklen_t(MemoryLayout<CInt>.size)
        for (forced, plain) in [(SO_RCVBUFFORCE, SO_RCVBUF), (SO_SNDBUFFORCE, SO_SNDBUF)]
        where setsockopt(descriptor, SOL_SOCKET, forced, &size, length) != 0 {
            setsockopt(descriptor, SOL_SOCKET, plain, &size, length)
        }
    }

    /// The smallest receive buffer among the agent's sockets as the kernel reports it (twice what was granted), bytes.
    public var receiveBufferBytes: Int? {
        executor.checkIsolated()
        guard isOpen, let sockets = nice_agent_get_sockets(nice, stream, 1) else { return nil }
        defer { g_ptr_array_unref(sockets) }
        return (0..<sockets.pointee.len).compactMap { index in
            var size: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            guard let socket = rapport_socket_at(sockets, index),
                getsockopt(rapport_socket_fd(socket), SOL_SOCKET, SO_RCVBUF, &size, &length) == 0
            else { return nil }
            return Int(size)
        }.min()
    }
}
