/// `IN IP4 192.0.2.1`: network type, address type and address of `o=`, `c=` and `a=rtcp`. RFC 8866 section 5.7.
public struct NetworkAddress: Hashable, Sendable {
    public var networkType: String
    public var addressType: String
    public var address: String

    public init(networkType: String = "IN", addressType: String = "IP4", address: String) {
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// `IN IP4 0.0.0.0`: the address is found by ICE. RFC 9429 section 5.2.1.
    public static let unspecified = NetworkAddress(address: "0.0.0.0")

    /// The three fields with spaces between.
    public var serialized: String { "\(networkType) \(addressType) \(address)" }
}
