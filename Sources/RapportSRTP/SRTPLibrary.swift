internal import CSRTP

/// Process-wide state of libsrtp2.
enum SRTPLibrary {
    /// Runs `srtp_init` once. The run-time's once-guard is passed when a context is made, never for a packet.
    private static let initialization: srtp_err_status_t = srtp_init()

    static func initialize() throws(SRTPError) {
        try SRTPError.check(initialization)
    }
}
