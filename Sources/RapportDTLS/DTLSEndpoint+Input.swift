public import RapportBase

extension DTLSEndpoint {
    /// Begins: the client sends its ClientHello, the server waits for one. A second call does nothing.
    public mutating func start(into outputs: inout [DTLSOutput]) {
        perform(machine.started(), into: &outputs)
    }

    /// One datagram from the peer. Only what came over a checked ICE pair belongs here.
    ///
    /// What is no DTLS, or not whole, is counted and changes nothing. A server that was not started starts.
    public mutating func receive(_ datagram: Span<UInt8>, into outputs: inout [DTLSOutput]) {
        if machine.isIdle, role == .server { start(into: &outputs) }
        guard machine.isActive else {
            statistics.outOfPlace += 1
            return
        }
        statistics.datagramsReceived += 1
        let count = filter.usablePrefix(of: datagram)
        if count < datagram.count || datagram.isEmpty { statistics.garbage += 1 }
        guard count > 0 else { return }
        if messageBuffer.count < count { messageBuffer = [UInt8](repeating: 0, count: count) }
        datagram.extracting(first: count).withUnsafeBufferPointer { bytes in
            connection.link.inbound = bytes
            advance(into: &outputs)
            connection.link.inbound = nil
        }
    }

    /// Sends the last flight again if its answer is overdue.
    public mutating func handleTimeout(into outputs: inout [DTLSOutput]) {
        guard machine.isActive else { return }
        let step = connection.handleTimeout()
        flush(into: &outputs)
        if case .failed(let error) = step { perform(machine.failed(error), into: &outputs) }
    }

    /// What the peer's description says of its certificate. May come before, during or after the handshake.
    ///
    /// Among several hash functions only the strongest counts; among its fingerprints one has to match (RFC 8122
    /// section 5). An empty list matches nothing. Once connected the call does nothing: another certificate needs
    /// another association (RFC 8842 section 4).
    public mutating func setRemoteFingerprints(_ fingerprints: [Fingerprint], into outputs: inout [DTLSOutput]) {
        connection.link.fingerprints = FingerprintSet(fingerprints)
        perform(machine.receivedFingerprints(), into: &outputs)
    }

    /// Sends one message to the verified peer.
    /// - Throws: `.notConnected`, `.messageTooLarge`.
    public mutating func send(_ message: Span<UInt8>, into outputs: inout [DTLSOutput]) throws(DTLSError) {
        guard machine.isConnected, let limit = connection.maximumMessageSize else { throw .notConnected }
        guard message.count <= limit else { throw .messageTooLarge(limit: limit) }
        guard message.count > 0 else { return }
        let step = message.withUnsafeBufferPointer { connection.write($0) }
        flush(into: &outputs)
        if case .failed(let error) = step {
            perform(machine.failed(error), into: &outputs)
            throw error
        }
    }

    /// Ends the association; says so to the peer if the handshake is over.
    public mutating func close(into outputs: inout [DTLSOutput]) {
        if machine.isActive { connection.shutdown() }
        flush(into: &outputs)
        perform(machine.closed(), into: &outputs)
    }
}
