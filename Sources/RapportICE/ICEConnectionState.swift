/// Where the agent stands. W3C WebRTC section 5.6.4 (RTCIceTransportState); RFC 8445 section 6.1.2.1.
public enum ICEConnectionState: String, Hashable, Sendable {
    /// No remote candidate yet.
    case new
    /// Pairs are being checked, none works yet.
    case checking
    /// A pair works: data can flow, checks go on.
    case connected
    /// A pair was chosen and no check is left.
    case completed
    /// A path that carried media has fallen silent; it may come back.
    case disconnected
    /// No pair worked in time, or consent ran out (RFC 7675).
    case failed
    case closed

    /// True when datagrams can be sent.
    public var isUsable: Bool {
        switch self {
        case .connected, .completed, .disconnected: true
        case .new, .checking, .failed, .closed: false
        }
    }
}
