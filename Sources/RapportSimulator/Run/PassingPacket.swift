/// What can be read of an IPv4 packet on its way: the headers that encryption leaves open.
struct PassingPacket: Equatable {
    enum Content: Equatable {
        /// RFC 3550 section 5.1.
        case rtp(payloadType: UInt8, ssrc: UInt32, sequence: UInt16, isPadded: Bool)
        /// RTCP, DTLS, STUN and what else goes over UDP.
        case datagram
        /// TCP, with this many bytes of its stream.
        case segment(payload: Int)
        case other
    }

    var bytes: Int
    var content: Content

    init(_ packet: [UInt8]) {
        bytes = packet.count
        content = Self.content(packet)
    }

    private static func content(_ packet: [UInt8]) -> Content {
        // RFC 791 section 3.1. Later fragments have no header of a transport.
        guard packet.count >= 20, packet[0] >> 4 == 4, packet[6] & 0x1F == 0, packet[7] == 0 else { return .other }
        let header = Int(packet[0] & 0x0F) * 4
        switch packet[9] {
        case 17: return header + 8 <= packet.count ? datagram(packet[(header + 8)...]) : .other
        case 6:
            guard header + 20 <= packet.count else { return .other }
            return .segment(payload: max(packet.count - header - Int(packet[header + 12] >> 4) * 4, 0))
        default: return .other
        }
    }

    private static func datagram(_ payload: ArraySlice<UInt8>) -> Content {
        let start = payload.startIndex
        // RFC 7983 section 7; RFC 5761 section 4 tells RTCP by its packet types.
        guard payload.count >= 12, 128...191 ~= payload[start], !(192...223 ~= payload[start + 1]) else {
            return .datagram
        }
        let ssrc = payload[(start + 8)..<(start + 12)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return .rtp(
            payloadType: payload[start + 1] & 0x7F, ssrc: ssrc,
            sequence: UInt16(payload[start + 2]) << 8 | UInt16(payload[start + 3]),
            isPadded: payload[start] & 0x20 != 0)
    }
}
