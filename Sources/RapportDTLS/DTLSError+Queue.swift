internal import COpenSSL

extension DTLSError {
    /// Numbers from here on say that the peer sent the alert with the number above it (SSL_AD_REASON_OFFSET).
    private static let firstAlertReason: Int32 = 1000

    /// The oldest entry of this thread's error queue, which is emptied: the one place where OpenSSL's codes become ours.
    static func takeFromQueue() -> DTLSError {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0, ERR_GET_LIB(code) == ERR_LIB_SSL else { return .library(code: UInt(code)) }
        let reason = ERR_GET_REASON(code)
        switch reason {
        case SSL_R_READ_TIMEOUT_EXPIRED:
            return .timedOut
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return .noPeerCertificate
        case firstAlertReason...firstAlertReason + 255:
            return .peerAlert(UInt8(reason - firstAlertReason))
        case let other:
            return .handshakeFailed(reason: other)
        }
    }
}
