import RapportBase
import RapportDTLS
import RapportSRTP

/// DTLS and SRTP of one session: a handshake, then keys, then packets protected and unprotected in place.
///
/// Nothing is unprotected, and no key exists, before the peer's certificate matched a fingerprint of its
/// description (RFC 5763 section 5; RFC 8827 section 6.5).
struct SecureTransport: ~Copyable {
    private(set) var state = SecureTransportState.new
    private(set) var role: DTLSRole?
    private(set) var deadline: Timestamp?
    /// What the handshake chose; nil before there were keys, kept for statistics after them.
    private(set) var profile: SRTPProfile?
    /// The most bytes of a message that `sendData` takes; nil while it takes none.
    private(set) var maximumMessage: Int?
    private let certificate: DTLSCertificate
    private let profiles: [SRTPProfile]
    private let maximumDatagram: Int
    private var endpoint: DTLSEndpoint?
    private var srtp: SRTPContext?
    private var remoteFingerprints: [Fingerprint] = []
    private var pending: [DTLSOutput] = []
    /// What was received of data.
    private(set) var received = DataCounters()
    private var messagesOfDatagram = 0

    /// A datagram holds one message (RFC 8261 section 5), or a few; of many small records the rest is dropped.
    private static let mostMessages = 64

    /// - Parameter maximumDatagram: bytes; no flight of the handshake and no message is cut below 256.
    init(certificate: DTLSCertificate, profiles: [SRTPProfile], maximumDatagram: Int) {
        self.certificate = certificate
        self.profiles = profiles
        self.maximumDatagram = max(maximumDatagram, 256)
        pending.reserveCapacity(8)
        // What fails here fails again where the keys are used, and is told there.
        try? SRTPContext.prepareLibrary()
    }

    var isSecured: Bool { state == .connected }

    /// Takes the fingerprints of the peer's description; a handshake that ran before them is judged now.
    mutating func setRemoteFingerprints(
        _ fingerprints: [Fingerprint], at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard fingerprints != remoteFingerprints else { return }
        remoteFingerprints = fingerprints
        endpoint?.setRemoteFingerprints(fingerprints, into: &pending)
        perform(at: now, into: &outputs)
    }

    /// Starts the handshake in `role`; does nothing when it already runs in that role.
    ///
    /// A handshake that was accepted early as the server is given up when the answer made us the client.
    mutating func begin(
        as role: DTLSRole, initialTimeout: Duration, at now: Timestamp, into outputs: inout SessionOutputs
    ) {
        guard state == .new || (state == .connecting && self.role != role) else { return }
        self.role = role
        do {
            var endpoint = try DTLSEndpoint(
                role: role, certificate: certificate, profiles: profiles, mtu: maximumDatagram,
                initialTimeout: initialTimeout)
            if !remoteFingerprints.isEmpty { endpoint.setRemoteFingerprints(remoteFingerprints, into: &pending) }
            if role == .client { endpoint.start(into: &pending) }
            self.endpoint = consume endpoint
            move(to: .connecting, into: &outputs)
            perform(at: now, into: &outputs)
        } catch {
            fail(error, into: &outputs)
        }
    }

    mutating func receive(_ datagram: Span<UInt8>, at now: Timestamp, into outputs: inout SessionOutputs) {
        messagesOfDatagram = 0
        endpoint?.receive(datagram, into: &pending)
        perform(at: now, into: &outputs)
    }

    mutating func handleTimeout(at now: Timestamp, into outputs: inout SessionOutputs) {
        guard let deadline, deadline <= now else { return }
        endpoint?.handleTimeout(into: &pending)
        perform(at: now, into: &outputs)
    }

    mutating func close(at now: Timestamp, into outputs: inout SessionOutputs) {
        guard state == .new || state == .connecting || state == .connected else { return }
        endpoint?.close(into: &pending)
        for case .transmit(let datagram) in pending { outputs.appendDatagram(datagram) }
        pending.removeAll(keepingCapacity: true)
        stop(.closed, into: &outputs)
    }

    // MARK: Packets

    mutating func unprotectRTP(_ packet: UnsafeMutableRawBufferPointer) throws(SRTPError) -> Int? {
        try srtp?.unprotectRTP(packet)
    }

    mutating func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) throws(SRTPError) -> Int? {
        try srtp?.unprotectRTCP(packet)
    }

    /// Writes an RTP packet into the outputs and protects it; the size on the wire, or nil when nothing was sent.
    mutating func sendRTP(into outputs: inout SessionOutputs, write: (inout [UInt8]) -> Void) -> Int? {
        guard isSecured, let overhead = profile?.rtpOverhead else { return nil }
        return try? outputs.appendProtected(overhead: overhead, write: write) {
            (packet, count) throws(SRTPError) -> Int in try srtp?.protectRTP(packet, count: count) ?? 0
        }
    }

    /// As `sendRTP(into:write:)` for a packet that was written elsewhere.
    mutating func sendRTP(_ packet: Span<UInt8>, into outputs: inout SessionOutputs) -> Int? {
        guard isSecured, let overhead = profile?.rtpOverhead else { return nil }
        return try? outputs.appendProtected(overhead: overhead, write: { $0.append(packet, 0..<packet.count) }) {
            (packet, count) throws(SRTPError) -> Int in try srtp?.protectRTP(packet, count: count) ?? 0
        }
    }

    mutating func sendRTCP(into outputs: inout SessionOutputs, write: (inout [UInt8]) -> Void) -> Int? {
        guard isSecured, let overhead = profile?.rtcpOverhead else { return nil }
        return try? outputs.appendProtected(overhead: overhead, write: write) {
            (packet, count) throws(SRTPError) -> Int in try srtp?.protectRTCP(packet, count: count) ?? 0
        }
    }

    /// Sends a message as one datagram; its size on the wire, or nil when nothing was sent. An association that fails by
    /// it ends, which is told.
    mutating func sendData(_ message: Span<UInt8>, at now: Timestamp, into outputs: inout SessionOutputs) -> Int? {
        guard isSecured else { return nil }
        let before = outputs.arena.count
        try? endpoint?.send(message, into: &pending)
        perform(at: now, into: &outputs)
        let size = outputs.arena.count - before
        return size > 0 ? size : nil
    }

    // MARK: What the endpoint asked for

    private mutating func perform(at now: Timestamp, into outputs: inout SessionOutputs) {
        var index = 0
        while index < pending.count {
            perform(pending[index], into: &outputs)
            index += 1
        }
        pending.removeAll(keepingCapacity: true)
        deadline = endpoint?.timeout.map { now + $0 }
    }

    private mutating func perform(_ output: DTLSOutput, into outputs: inout SessionOutputs) {
        switch output {
        case .transmit(let datagram): outputs.appendDatagram(datagram)
        case .connected(let keys): secure(with: keys, into: &outputs)
        case .applicationData(let message): deliver(message, into: &outputs)
        case .closed:
            stop(.closed, into: &outputs)
            outputs.events.append(.ended(.closedByPeer))
        case .failed(let error): fail(error, into: &outputs)
        }
    }

    private mutating func deliver(_ message: [UInt8], into outputs: inout SessionOutputs) {
        messagesOfDatagram += 1
        guard messagesOfDatagram <= Self.mostMessages else {
            received.messagesDropped += 1
            return
        }
        received.messagesReceived += 1
        received.bytesReceived += message.count
        outputs.events.append(.applicationData(message))
    }

    private mutating func secure(with keys: SRTPKeys, into outputs: inout SessionOutputs) {
        guard let context = try? SRTPContext(keys: keys, isClient: role == .client) else {
            return fail(.library(code: 0), into: &outputs)
        }
        srtp = consume context
        profile = keys.profile
        maximumMessage = endpoint?.maximumMessageSize
        move(to: .connected, into: &outputs)
    }

    private mutating func fail(_ error: DTLSError, into outputs: inout SessionOutputs) {
        stop(.failed, into: &outputs)
        outputs.events.append(.ended(.handshakeFailed(error)))
    }

    private mutating func stop(_ end: SecureTransportState, into outputs: inout SessionOutputs) {
        srtp = nil
        endpoint = nil
        deadline = nil
        maximumMessage = nil
        move(to: end, into: &outputs)
    }

    private mutating func move(to next: SecureTransportState, into outputs: inout SessionOutputs) {
        guard state != next else { return }
        state = next
        outputs.events.append(.secureTransport(next))
    }
}
