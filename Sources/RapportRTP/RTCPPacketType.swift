// Packet types and feedback formats on the wire. RFC 3550 section 12.1; RFC 4585 sections 6.2 and 6.3.
enum RTCPPacketType {
    static let senderReport: UInt8 = 200
    static let receiverReport: UInt8 = 201
    static let sourceDescription: UInt8 = 202
    static let bye: UInt8 = 203
    static let transportFeedback: UInt8 = 205
    static let payloadFeedback: UInt8 = 206
}

enum RTCPFeedbackFormat {
    /// With packet type 205. RFC 4585 section 6.2.1.
    static let nack: UInt8 = 1
    /// With packet type 205. draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
    static let transportWide: UInt8 = 15
    /// With packet type 205. RFC 8888 section 3.1.
    static let congestionControl: UInt8 = 11
    /// With packet type 206. RFC 4585 section 6.3.1.
    static let pictureLoss: UInt8 = 1
    /// With packet type 206. RFC 5104 section 4.3.1.
    static let fullIntra: UInt8 = 4
    /// With packet type 206. RFC 4585 section 6.4.
    static let applicationLayer: UInt8 = 15
}
