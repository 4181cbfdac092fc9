internal import RapportBase

/// Keeps from the handshake what cannot belong to it.
///
/// RFC 6347 section 4.1.2.7 asks for invalid records to be dropped in silence. OpenSSL drops those whose tag is wrong,
/// but a clear record that it cannot parse ends its handshake, and one with a high sequence number moves its replay
/// window past the genuine ones. What has the right shape and a wrong meaning still breaks a DTLS 1.2 handshake: its
/// hello messages are not authenticated. That is why only datagrams of a checked ICE pair may be fed in.
///
///      0        1..2     3..4    5..10            11..12   13
///     | type  | version | epoch | sequence number | length | fragment…   RFC 6347 section 4.1
struct RecordFilter {
    private static let recordHeader = 13
    private static let handshakeHeader = 12
    /// 2^14 plain bytes and what a cipher may add. RFC 5246 section 6.2.3.
    private static let maximumFragment = 16_384 + 2048
    /// A clear handshake needs a few dozen records with all its retransmissions.
    private static let maximumClearSequence: UInt64 = 1 << 16
    /// OpenSSL's own bound for certificate messages is a little above this.
    private static let maximumHandshakeMessage: UInt32 = 96 * 1024
    private static let maximumMessageSequence: UInt16 = 64

    let role: DTLSRole

    /// Length of the leading records of a datagram that are worth reading, in bytes; zero when the first is not.
    func usablePrefix(of datagram: Span<UInt8>) -> Int {
        var end = 0
        while end + Self.recordHeader <= datagram.count {
            let body = end + Self.recordHeader
            let length = Int(datagram.uint16(at: end + 11))
            guard length > 0, length <= Self.maximumFragment, body + length <= datagram.count,
                isUsable(datagram, header: end, body: body..<body + length)
            else { break }
            end = body + length
        }
        return end
    }

    private func isUsable(_ datagram: Span<UInt8>, header: Int, body: Range<Int>) -> Bool {
        let version = datagram.uint16(at: header + 1)
        guard version == 0xFEFF || version == 0xFEFD else { return false }
        switch (datagram[header], datagram.uint16(at: header + 3)) {
        case (20...23, 1):
            return true  // Protected: its tag decides. No renegotiation, so no later epoch.
        case (20...22, 0):
            let sequence = datagram.uint64(at: header + 3) & 0xFFFF_FFFF_FFFF
            return sequence < Self.maximumClearSequence && isUsableClear(datagram, type: datagram[header], body)
        default:
            return false
        }
    }

    /// Records of epoch 0: the hellos up to ChangeCipherSpec, and alerts about them.
    private func isUsableClear(_ datagram: Span<UInt8>, type: UInt8, _ body: Range<Int>) -> Bool {
        switch type {
        case 20:  // RFC 5246 section 7.1: one byte, one.
            return body.count == 1 && datagram[body.lowerBound] == 1
        case 21:  // RFC 5246 section 7.2: fatal alerts and close_notify; warnings have nothing to tell us.
            guard body.count == 2 else { return false }
            let (level, description) = (datagram[body.lowerBound], datagram[body.lowerBound + 1])
            return level == 2 || level == 1 && description == 0
        default:
            return isUsableHandshake(datagram, body)
        }
    }

    /// Handshake fragments that fill their record without a rest. RFC 6347 section 4.2.2.
    private func isUsableHandshake(_ datagram: Span<UInt8>, _ body: Range<Int>) -> Bool {
        var start = body.lowerBound
        while start < body.upperBound {
            guard start + Self.handshakeHeader <= body.upperBound, mayReceive(datagram[start]) else { return false }
            let length = datagram.uint24(at: start + 1)
            let offset = datagram.uint24(at: start + 6)
            let count = datagram.uint24(at: start + 9)
            guard length <= Self.maximumHandshakeMessage, offset + count <= length, count > 0 || length == 0,
                datagram.uint16(at: start + 4) < Self.maximumMessageSequence
            else { return false }
            start += Self.handshakeHeader + Int(count)
        }
        return start == body.upperBound
    }

    /// Messages that the other role sends in the clear. RFC 5246 section 7.4; HelloRequest never: no renegotiation.
    private func mayReceive(_ message: UInt8) -> Bool {
        switch role {
        case .client:
            // ServerHello, HelloVerifyRequest, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
            return message == 2 || message == 3 || 11...14 ~= message
        case .server:
            // ClientHello, Certificate, CertificateVerify, ClientKeyExchange
            return message == 1 || message == 11 || message == 15 || message == 16
        }
    }
}
