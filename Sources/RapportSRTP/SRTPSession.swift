internal import CSRTP
internal import RapportBase

/// One direction: owns an `srtp_t` whose streams all share one master key.
struct SRTPSession: ~Copyable {
    enum Direction { case outbound, inbound }

    /// Packets of one source that may arrive in any order. Video in bursts over Wi-Fi is reordered by hundreds.
    /// RFC 3711 section 3.3.2 asks for 64 at least.
    static let replayWindow: UInt = 1024

    let handle: srtp_t

    init(profile: SRTPProfile, key: [UInt8], salt: [UInt8], direction: Direction) throws(SRTPError) {
        guard key.count == profile.keyLength, salt.count == profile.saltLength else { throw .wrongKeyLength }
        try SRTPLibrary.initialize()
        var handle: srtp_t?
        var master = key + salt
        let status = master.withUnsafeMutableBufferPointer { bytes in
            var policy = Self.policy(profile, direction)
            policy.key = bytes.baseAddress
            let status = srtp_create(&handle, &policy)
            rapport_srtp_wipe(bytes.baseAddress, bytes.count)
            return status
        }
        try SRTPError.check(status)
        guard let handle else { throw .library(Int32(bitPattern: srtp_err_status_alloc_fail.rawValue)) }
        self.handle = handle
    }

    deinit { _ = srtp_dealloc(handle) }

    private static func policy(_ profile: SRTPProfile, _ direction: Direction) -> srtp_policy_t {
        var policy = srtp_policy_t()
        switch profile {
        case .aes128CMHMACSHA1_80:
            srtp_crypto_policy_set_rtp_default(&policy.rtp)
            srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aeadAES128GCM:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        // The wildcards make a stream for every source as it first appears; inbound only after its tag was found good.
        policy.ssrc.type = direction == .outbound ? ssrc_any_outbound : ssrc_any_inbound
        policy.window_size = replayWindow
        // The same bytes may be sent again under the same index (RFC 3711 section 9.1); different bytes never.
        policy.allow_repeat_tx = direction == .outbound ? 1 : 0
        return policy
    }
}
