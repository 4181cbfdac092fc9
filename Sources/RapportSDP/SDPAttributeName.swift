/// The attributes that are read into types; every other one is kept as `SDPAttribute`.
public enum SDPAttributeName: String, Hashable, Sendable, CaseIterable {
    /// RFC 5888 section 5.
    case group
    /// RFC 8839 section 5.3.
    case iceLite = "ice-lite"
    /// RFC 8839 section 5.6.
    case iceOptions = "ice-options"
    /// RFC 8839 section 5.4.
    case iceUsernameFragment = "ice-ufrag"
    /// RFC 8839 section 5.4.
    case icePassword = "ice-pwd"
    /// RFC 8839 section 5.1.
    case candidate
    /// RFC 8840 section 8.2.
    case endOfCandidates = "end-of-candidates"
    /// RFC 8122 section 5.
    case fingerprint
    /// RFC 4145 section 4.
    case setup
    /// RFC 8285 section 6.
    case allowsMixedExtensions = "extmap-allow-mixed"
    /// RFC 8285 section 5.
    case extensionMapping = "extmap"
    /// draft-ietf-mmusic-msid-16 section 4; browsers still write it.
    case streamSemantics = "msid-semantic"
    /// RFC 8830 section 2.
    case streamIdentification = "msid"
    /// RFC 5888 section 4.
    case mid
    /// RFC 8866 section 6.7.
    case sendReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive
    /// RFC 3605 section 2.1.
    case rtcp
    /// RFC 5761 section 5.1.1.
    case rtcpMultiplexed = "rtcp-mux"
    /// RFC 8858 section 3.
    case rtcpMultiplexedOnly = "rtcp-mux-only"
    /// RFC 5506 section 5.
    case reducedSizeRTCP = "rtcp-rsize"
    /// RFC 9143 section 6.
    case bundleOnly = "bundle-only"
    /// RFC 8866 section 6.6.
    case formatMapping = "rtpmap"
    /// RFC 8866 section 6.15.
    case formatParameters = "fmtp"
    /// RFC 4585 section 4.2.
    case feedback = "rtcp-fb"
    /// RFC 5576 section 4.1.
    case source = "ssrc"
    /// RFC 5576 section 4.2.
    case sourceGroup = "ssrc-group"
    /// RFC 8851 section 10.
    case restriction = "rid"
    /// RFC 8853 section 5.1.
    case simulcast
    /// RFC 8841 section 5.
    case sctpPort = "sctp-port"
    /// RFC 8841 section 6.
    case maximumMessageSize = "max-message-size"
}
