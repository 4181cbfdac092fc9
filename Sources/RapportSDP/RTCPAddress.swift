/// Where RTCP goes when it is not multiplexed, `a=rtcp`. RFC 3605 section 2.1.
public struct RTCPAddress: Hashable, Sendable {
    public var port: UInt16
    public var address: NetworkAddress?

    public init(port: UInt16, address: NetworkAddress? = nil) {
        self.port = port
        self.address = address
    }

    /// The value of the attribute.
    public var serialized: String { address.map { "\(port) \($0.serialized)" } ?? String(port) }
}
