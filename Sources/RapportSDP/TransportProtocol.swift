/// The protocol field of a media description. RFC 8866 section 5.14; RFC 9429 section 5.1.2.
public struct TransportProtocol: RawRepresentable, Hashable, Sendable {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// RTP with feedback over DTLS-SRTP. RFC 5764 section 8.
    public static let secureRTP = TransportProtocol(rawValue: "UDP/TLS/RTP/SAVPF")
    /// Data channels. RFC 8841 section 4.
    public static let dataChannel = TransportProtocol(rawValue: "UDP/DTLS/SCTP")

    /// True when the formats are RTP payload types.
    public var carriesRTP: Bool { rawValue.utf8.split(separator: .slash).contains { $0.isEqual("RTP") } }

    /// True for a profile that RFC 9429 section 5.1.2 asks to take as RTP over DTLS-SRTP.
    public var isSecureRTP: Bool {
        switch rawValue {
        case "UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP",
            "TCP/TLS/RTP/SAVP", "RTP/SAVP":
            true
        default: false
        }
    }
}
