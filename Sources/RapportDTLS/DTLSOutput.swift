public import RapportBase

/// What a `DTLSEndpoint` asks its owner to do, in order.
public enum DTLSOutput: Sendable {
    /// Send one datagram to the peer.
    case transmit([UInt8])
    /// The peer is who its description says: media may flow under these keys. At most once.
    case connected(SRTPKeys)
    /// One message from the verified peer, as it was sent.
    case applicationData([UInt8])
    /// The association ended in good order, by either side. The last output.
    case closed
    /// The association ended for this reason; no keys come any more. The last output.
    case failed(DTLSError)
}
