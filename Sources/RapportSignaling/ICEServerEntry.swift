/// A STUN or TURN server as browsers take it: `RTCIceServer` of webrtc-pc section 4.2.2.
public struct ICEServerEntry: Codable, Hashable, Sendable {
    public var urls: [String]
    public var username: String?
    public var credential: String?

    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }
}

/// Which candidates may be used: `RTCIceTransportPolicy` of webrtc-pc section 4.2.4.
public enum ICETransportPolicy: String, Codable, Hashable, Sendable {
    case all
    case relay
}
