import RapportBase
import RapportMedia

/// Bytes that a sender sent, by what they were.
struct SenderTotals {
    var bytes = 0
    var mediaBytes = 0
    var repeatedBytes = 0
    var paddingBytes = 0
    var packets = 0
    var probePackets = 0
    var skippedFrames = 0

    mutating func count(_ sent: SentPacket) {
        bytes += sent.bytes
        packets += 1
        if sent.probe != nil { probePackets += 1 }
        switch sent.kind {
        case .audio, .video: mediaBytes += sent.bytes
        case .retransmission: repeatedBytes += sent.bytes
        case .padding: paddingBytes += sent.bytes
        }
    }
}
