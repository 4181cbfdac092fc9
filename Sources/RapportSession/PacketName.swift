import RapportBase
import RapportRTP

/// What tells an RTP packet from all others of a session.
struct PacketName: Equatable {
    var source: SSRC
    var sequence: SequenceNumber

    init(source: SSRC, sequence: SequenceNumber) {
        self.source = source
        self.sequence = sequence
    }

    /// Of a packet of our own making; nil when it is too short to be one. RFC 3550 section 5.1.
    init?(of packet: Span<UInt8>) {
        guard packet.count >= 12 else { return nil }
        self.init(source: SSRC(packet.uint32(at: 8)), sequence: SequenceNumber(packet.uint16(at: 2)))
    }
}
