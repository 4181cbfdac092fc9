/// Why a session does not take what it is asked to send.
public enum SessionError: Error, Hashable, Sendable {
    /// The peer is not known and verified yet, or the session is over.
    case notConnected
    case emptyMessage
    /// The message does not fit in one datagram; the most bytes that do.
    case messageTooLarge(limit: Int)
    /// There is no room for it now: wait for `SessionEvent.dataRoom`. The longest message that would be taken.
    case queueFull(room: Int)
}
