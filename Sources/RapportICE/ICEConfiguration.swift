/// How an agent gathers, checks and keeps its path.
public struct ICEConfiguration: Hashable, Sendable {
    public var servers: [ICEServer] = []
    /// Only relayed candidates, so that the peer never learns an address of this machine. RFC 8828 section 5.2.
    public var relayOnly = false
    /// IPv4 or IPv6 literals to gather on. Empty: every usable interface, and loopback when there is no other.
    public var bindAddresses: [String] = []
    /// The offerer is controlling. RFC 8445 section 6.1.1.
    public var isControlling = false
    /// Ta, between two checks: RFC 8445 section 14.2 allows 5 ms and more.
    public var pacing: Duration = .milliseconds(5)
    /// Wait before a check is sent again, doubled each time.
    public var initialCheckTimeout: Duration = .milliseconds(200)
    /// How often a check is sent before its pair has failed: at 200 ms, six make 7.8 s.
    public var checkTransmissions = 6
    /// RFC 7675 as libnice 0.1.21 does it: a check each 4 to 6 s, never repeated, and consent gone 10 s after the last
    /// answer. One lost datagram ends every second call that loses it: off, and `failedAfter` stands in for it.
    public var consentFreshness = false
    /// True picks a pair by a second check (RFC 8445 section 8.1.1), false with the first (RFC 5245 section 8.1.1.2).
    public var regularNomination = false
    /// TCP candidates, RFC 6544.
    public var enablesTCP = false
    /// No `failed` before this much time without a working pair: peer-reflexive candidates may still come. RFC 8863
    /// asks for 39.5 s; the default is nearer to what people wait.
    public var patience: Duration = .seconds(15)
    /// Silence after which a path that carried media is called `disconnected`; nil: never.
    public var disconnectedAfter: Duration? = .seconds(5)
    /// Silence after which such a path, or any that this side goes on sending to, has `failed` and nothing is sent any
    /// more: as long as consent lives without an answer by RFC 7675 section 5.1. Needs `disconnectedAfter`.
    public var failedAfter: Duration = .seconds(30)
    /// Wanted size of each socket's send and receive buffer, bytes.
    public var socketBufferBytes = 1 << 20
    /// Remote candidates taken at most, further ones are counted.
    public var maximumRemoteCandidates = 64

    public init() {}
}
