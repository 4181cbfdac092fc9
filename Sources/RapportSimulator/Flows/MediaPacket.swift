import RapportBase
import RapportMedia

/// A packet of a call before it is sent.
struct MediaPacket {
    var kind: SentPacket.Kind
    /// Bytes on the wire, IP and UDP headers included.
    var bytes: Int32
    var queuedAt: Timestamp
    /// Number of a video packet in its stream; a retransmission has the one of what it repeats.
    var sequence: Int64 = -1
    var frame: Int32 = -1
    var framePackets: Int32 = 0
    var payload: Int32 = 0
    var isKey = false
    /// Nanoseconds until the next frame.
    var frameInterval: Int64 = 0
    /// The source was silent before this frame on purpose.
    var followsPause = false
}

/// What the sender remembers of a packet that it sent.
struct SentRecord {
    enum Fate {
        case unknown
        case lost
        case arrived
    }

    var sent: SentPacket
    var media: MediaPacket
    var fate: Fate = .unknown
}
