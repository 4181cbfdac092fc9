/// SRTP protection profiles as DTLS numbers them. RFC 5764 section 4.1.2; RFC 7714 section 14.2.
public enum SRTPProfile: UInt16, Sendable, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes128CMHMACSHA1_80 = 0x0001
    case aeadAES128GCM = 0x0007
    case aeadAES256GCM = 0x0008

    /// Master key in bytes.
    public var keyLength: Int {
        switch self {
        case .aes128CMHMACSHA1_80, .aeadAES128GCM: 16
        case .aeadAES256GCM: 32
        }
    }

    /// Master salt in bytes.
    public var saltLength: Int {
        switch self {
        case .aes128CMHMACSHA1_80: 14
        case .aeadAES128GCM, .aeadAES256GCM: 12
        }
    }

    /// Bytes that protection adds to an RTP packet.
    public var rtpOverhead: Int {
        switch self {
        case .aes128CMHMACSHA1_80: 10
        case .aeadAES128GCM, .aeadAES256GCM: 16
        }
    }

    /// Bytes that protection adds to an RTCP packet: the tag and the four-byte index.
    public var rtcpOverhead: Int { rtpOverhead + 4 }
}

/// Master keys and salts of both directions, exported from a DTLS handshake. RFC 5764 section 4.2.
public struct SRTPKeys: Sendable {
    public var profile: SRTPProfile
    public var clientKey: [UInt8]
    public var clientSalt: [UInt8]
    public var serverKey: [UInt8]
    public var serverSalt: [UInt8]

    public init(profile: SRTPProfile, clientKey: [UInt8], clientSalt: [UInt8], serverKey: [UInt8], serverSalt: [UInt8])
    {
        self.profile = profile
        self.clientKey = clientKey
        self.clientSalt = clientSalt
        self.serverKey = serverKey
        self.serverSalt = serverSalt
    }
}
