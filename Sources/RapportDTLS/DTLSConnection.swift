internal import COpenSSL
internal import RapportBase

/// Owner of one `SSL` over datagrams: OpenSSL's verbs with Swift's types, and nothing that has to be remembered.
struct DTLSConnection: ~Copyable {
    /// How a step of OpenSSL ended.
    enum Step { case done, wantsDatagram, closed, failed(DTLSError) }

    let link: DatagramLink
    let ssl: OpaquePointer

    init(
        role: DTLSRole, credentials: Credentials, policy: DTLSPolicy, profiles: [SRTPProfile], link: DatagramLink
    ) throws(DTLSError) {
        ERR_clear_error()
        guard let ssl = SSL_new(policy.context) else { throw DTLSError.takeFromQueue() }
        do throws(DTLSError) {
            try Self.configure(ssl, credentials, profiles, link)
        } catch {
            SSL_free(ssl)
            throw error
        }
        switch role {
        case .client: SSL_set_connect_state(ssl)
        case .server: SSL_set_accept_state(ssl)
        }
        self.ssl = ssl
        self.link = link
    }

    deinit { SSL_free(ssl) }

    private static func configure(
        _ ssl: OpaquePointer, _ credentials: Credentials, _ profiles: [SRTPProfile], _ link: DatagramLink
    ) throws(DTLSError) {
        let bio = try DatagramBIO.make(over: link)
        SSL_set_bio(ssl, bio, bio)  // one BIO for both ways: the SSL takes the one reference
        guard SSL_use_certificate(ssl, credentials.certificate) == 1,
            SSL_use_PrivateKey(ssl, credentials.key) == 1,
            // Zero is success here.
            SSL_set_tlsext_use_srtp(ssl, profiles.map(\.nameInOpenSSL).joined(separator: ":")) == 0,
            rapport_dtls_set_link_mtu(ssl, link.mtu) == 1
        else { throw DTLSError.takeFromQueue() }
        DTLS_set_timer_cb(ssl) { ssl, previous in
            DatagramLink.behind(ssl: ssl)?.wait(after: previous) ?? 1_000_000
        }
    }

    mutating func handshake() -> Step {
        ERR_clear_error()
        return step(after: SSL_do_handshake(ssl))
    }

    /// Reads one message into `buffer`: its length, or how the attempt ended.
    mutating func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> (count: Int, step: Step) {
        ERR_clear_error()
        let count = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        return count > 0 ? (Int(count), .done) : (0, step(after: count))
    }

    mutating func write(_ message: UnsafeBufferPointer<UInt8>) -> Step {
        ERR_clear_error()
        return step(after: SSL_write(ssl, message.baseAddress, Int32(clamping: message.count)))
    }

    /// Sends `close_notify` once; nothing while the handshake runs, which has no place for it.
    mutating func shutdown() {
        ERR_clear_error()
        guard SSL_is_init_finished(ssl) == 1 else { return }
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Sends the last flight again when its timer has run out.
    mutating func handleTimeout() -> Step {
        ERR_clear_error()
        return rapport_dtls_handle_timeout(ssl) < 0 ? .failed(DTLSError.takeFromQueue()) : .wantsDatagram
    }

    var timeout: Duration? {
        let left = rapport_dtls_timeout(ssl)
        return left < 0 ? nil : .microseconds(left)
    }

    private func step(after result: Int32) -> Step {
        if result > 0 { return .done }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            return .wantsDatagram
        case SSL_ERROR_ZERO_RETURN:
            return .closed
        default:
            let error = DTLSError.takeFromQueue()
            return .failed(link.refusal ?? error)
        }
    }
}
