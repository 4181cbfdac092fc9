internal import RapportBase

/// What has to hold before a packet is given to libsrtp2, and where its source is named.
enum PacketShape {
    /// Bytes in front of the payload of an RTP packet; nil when the header does not fit. RFC 3550 section 5.1.
    static func rtpHeaderLength(_ packet: UnsafeRawBufferPointer) -> Int? {
        guard packet.count >= 12, packet[0] >> 6 == 2 else { return nil }
        var length = 12 + 4 * Int(packet[0] & 0x0F)
        if packet[0] & 0x10 != 0 {
            guard packet.count >= length + 4 else { return nil }
            length += 4 + 4 * (Int(packet[length + 2]) << 8 | Int(packet[length + 3]))
        }
        return length <= packet.count ? length : nil
    }

    /// The source of a packet of at least `offset + 4` bytes.
    static func source(_ packet: UnsafeRawBufferPointer, at offset: Int) -> SSRC {
        SSRC(UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
}
