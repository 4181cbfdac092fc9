import RapportBase

/// Tells how long this side has gone on sending without a word from the other. RFC 7675 section 5.1.
///
/// libnice answers consent checks but asks for consent in a way that a single lost datagram may end (see
/// `ICEConfiguration.consentFreshness`). Whoever takes part in a call sends reports at least, so that a path on which
/// much is sent and nothing comes back has nobody at its end who wants it: a stranger's address, or a peer that is gone.
struct ConsentWatch {
    /// Datagrams between two looks that make this side a sender.
    static let sending: UInt64 = 5

    private(set) var unanswered: Duration = .zero
    private var lastSent: UInt64 = 0
    private var lastReceived: UInt64 = 0

    /// To be told once every `interval` what was sent and received so far.
    mutating func note(sent: UInt64, received: UInt64, after interval: Duration) {
        defer { (lastSent, lastReceived) = (sent, received) }
        if received != lastReceived {
            unanswered = .zero
        } else if sent &- lastSent >= Self.sending {
            unanswered += interval
        }
    }
}
