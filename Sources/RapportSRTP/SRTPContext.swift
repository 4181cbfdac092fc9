internal import CSRTP
public import RapportBase

/// SRTP and SRTCP of one peer, both directions, in place. RFC 3711; RFC 7714 for the AEAD profiles.
///
/// Every source of a direction shares its master key, as DTLS-SRTP hands it out (RFC 5764 section 4.2). A call
/// allocates nothing for a source seen before. Not for use from two threads at once.
public struct SRTPContext: ~Copyable {
    /// Sources a peer may use; each costs its own key schedule and replay window, so the number is bounded.
    public static let maximumSources = 128

    public let profile: SRTPProfile
    public private(set) var statistics = SRTPStatistics()
    private let outbound: SRTPSession
    private let inbound: SRTPSession
    private var sources = SourceTable(limit: Self.maximumSources)

    /// - Parameters:
    ///   - keys: as exported from the handshake.
    ///   - isClient: true for the side that was the DTLS client: it sends under the client's key.
    public init(keys: SRTPKeys, isClient: Bool) throws(SRTPError) {
        let client = (key: keys.clientKey, salt: keys.clientSalt)
        let server = (key: keys.serverKey, salt: keys.serverSalt)
        let (ours, theirs) = isClient ? (client, server) : (server, client)
        let sending = try SRTPSession(profile: keys.profile, key: ours.key, salt: ours.salt, direction: .outbound)
        let receiving = try SRTPSession(profile: keys.profile, key: theirs.key, salt: theirs.salt, direction: .inbound)
        profile = keys.profile
        outbound = sending
        inbound = receiving
    }

    /// Encrypts an RTP packet and appends its tag.
    ///
    /// The same packet may be protected twice; two different packets with one source and sequence number must never
    /// be (RFC 3711 section 9.1), which the caller's sequence numbers assure.
    /// - Parameters:
    ///   - buffer: the packet, and behind it room for `profile.rtpOverhead` bytes.
    ///   - count: length of the packet.
    /// - Returns: the length with the tag.
    public mutating func protectRTP(
        _ buffer: UnsafeMutableRawBufferPointer, count: Int
    ) throws(SRTPError) -> Int {
        precondition(count >= 0 && count + profile.rtpOverhead <= buffer.count, "no room for the tag")
        let packet = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        guard PacketShape.rtpHeaderLength(packet) != nil else { throw counted(.malformed) }
        var length = Int32(count)
        let status = srtp_protect(outbound.handle, buffer.baseAddress, &length)
        if let error = SRTPError(status: status) { throw counted(error) }
        statistics.protected += 1
        return Int(length)
    }

    /// Encrypts a compound RTCP packet and appends index and tag. RFC 3711 section 3.4.
    /// - Parameters:
    ///   - buffer: the packet, and behind it room for `profile.rtcpOverhead` bytes.
    ///   - count: length of the packet.
    /// - Returns: the length with index and tag.
    public mutating func protectRTCP(
        _ buffer: UnsafeMutableRawBufferPointer, count: Int
    ) throws(SRTPError) -> Int {
        precondition(count >= 0 && count + profile.rtcpOverhead <= buffer.count, "no room for index and tag")
        guard count >= 8 else { throw counted(.malformed) }
        var length = Int32(count)
        let status = srtp_protect_rtcp(outbound.handle, buffer.baseAddress, &length)
        if let error = SRTPError(status: status) { throw counted(error) }
        statistics.protected += 1
        return Int(length)
    }

    /// Verifies and decrypts one RTP packet; after an error the bytes are undefined.
    /// - Parameter buffer: exactly the packet as received.
    /// - Returns: the length of the plain packet.
    public mutating func unprotectRTP(_ buffer: UnsafeMutableRawBufferPointer) throws(SRTPError) -> Int {
        let packet = UnsafeRawBufferPointer(buffer)
        guard let header = PacketShape.rtpHeaderLength(packet), header + profile.rtpOverhead <= packet.count,
            var length = Int32(exactly: packet.count)
        else { throw counted(.malformed) }
        let source = PacketShape.source(packet, at: 8)
        guard sources.admits(source) else { throw counted(.tooManySources) }
        let status = srtp_unprotect(inbound.handle, buffer.baseAddress, &length)
        if let error = SRTPError(status: status) { throw counted(error) }
        sources.insert(source)
        statistics.unprotected += 1
        return Int(length)
    }

    /// Verifies and decrypts one compound RTCP packet; after an error the bytes are undefined.
    /// - Parameter buffer: exactly the packet as received.
    /// - Returns: the length of the plain packet.
    public mutating func unprotectRTCP(_ buffer: UnsafeMutableRawBufferPointer) throws(SRTPError) -> Int {
        let packet = UnsafeRawBufferPointer(buffer)
        guard packet.count >= 8 + profile.rtcpOverhead, packet[0] >> 6 == 2,
            var length = Int32(exactly: packet.count)
        else { throw counted(.malformed) }
        let source = PacketShape.source(packet, at: 4)
        guard sources.admits(source) else { throw counted(.tooManySources) }
        let status = srtp_unprotect_rtcp(inbound.handle, buffer.baseAddress, &length)
        if let error = SRTPError(status: status) { throw counted(error) }
        sources.insert(source)
        statistics.unprotected += 1
        return Int(length)
    }

    private mutating func counted(_ error: SRTPError) -> SRTPError {
        statistics.count(error)
        return error
    }
}
