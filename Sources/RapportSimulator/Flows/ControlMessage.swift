import RapportBase
import RapportRTP

/// What a receiver tells its sender, in one packet of the reverse path.
struct ControlMessage {
    var number: Int64
    var feedback: [TransportFeedback] = []
    /// Newest packet that had arrived, and how long before the message left: what a receiver report's DLSR tells.
    var newest: Int64?
    var held: Duration = .zero
    /// Packets that came with a congestion mark, as RFC 8888 tells them.
    var marked: [Int64] = []
    var lost: [SequenceNumber] = []
    var needsKeyFrame = false

    // IPv4, UDP, SRTCP index and tag, and an empty receiver report before the feedback.
    private static let overhead = 28 + 4 + 16 + 8

    /// Bytes on the wire.
    var bytes: Int {
        var size = Self.overhead
        for message in feedback {
            let arrived = message.arrivals.count { $0 != nil }
            size += 20 + (message.arrivals.count + 6) / 7 * 2 + arrived
        }
        if !lost.isEmpty { size += 12 + lost.count * 4 }
        if needsKeyFrame { size += 12 }
        return size
    }
}
