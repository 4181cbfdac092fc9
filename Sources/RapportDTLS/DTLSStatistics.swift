/// What a `DTLSEndpoint` did since it was made.
public struct DTLSStatistics: Hashable, Sendable {
    public var datagramsSent = 0
    public var datagramsReceived = 0
    /// Datagrams that held no record, or a record not worth showing to the handshake. RFC 6347 section 4.1.2.7.
    public var garbage = 0
    /// Times the retransmission timer ran out.
    public var timeouts = 0
    /// Messages that came before the peer was verified.
    public var unverifiedMessages = 0
    /// Datagrams that came before the start or after the end.
    public var outOfPlace = 0

    public init() {}
}
