internal import CSRTP

extension SRTPError {
    /// The one place where a status of libsrtp2 becomes ours; nil for success.
    init?(status: srtp_err_status_t) {
        switch status {
        case srtp_err_status_ok:
            return nil
        case srtp_err_status_auth_fail, srtp_err_status_cipher_fail, srtp_err_status_cant_check:
            // An AEAD tag that does not fit is a cipher failure to libsrtp2; cannot-check is a clear E bit.
            self = .authenticationFailed
        case srtp_err_status_replay_fail:
            self = .replayed
        case srtp_err_status_replay_old, srtp_err_status_pkt_idx_old:
            self = .tooOld
        case srtp_err_status_bad_param, srtp_err_status_parse_err:
            self = .malformed
        case srtp_err_status_key_expired:
            self = .keyExpired
        case let other:
            self = .library(Int32(bitPattern: other.rawValue))
        }
    }

    static func check(_ status: srtp_err_status_t) throws(SRTPError) {
        if let error = SRTPError(status: status) { throw error }
    }
}
