import RapportBase
import RapportRTP

/// Feedback about received media that waits for the next RTCP packet. RFC 4585 section 3.1.
struct FeedbackQueue {
    /// A bound: what does not fit is asked for again by whoever needs it.
    static let maximumMessages = 32

    private(set) var messages: [RTCPPacket] = []
    private var lastPLI: [SSRC: Timestamp] = [:]

    var isEmpty: Bool { messages.isEmpty }

    mutating func append(_ message: RTCPPacket) {
        if messages.count < Self.maximumMessages { messages.append(message) }
    }

    /// Asks for a key frame, unless that was done in the last 250 ms: the answer is still on its way.
    /// - Returns: true when a message was added.
    mutating func requestKeyFrame(of media: SSRC, from sender: SSRC, at now: Timestamp) -> Bool {
        if let last = lastPLI[media], now - last < .milliseconds(250) { return false }
        lastPLI[media] = now
        append(.pli(PictureLossIndication(sender: sender, media: media)))
        return true
    }

    mutating func take() -> [RTCPPacket] {
        defer { messages.removeAll(keepingCapacity: true) }
        return messages
    }
}
