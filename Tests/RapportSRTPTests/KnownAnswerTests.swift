import RapportBase
import RapportSRTP
import Testing

@Suite("SRTP known answers")
struct KnownAnswerTests {
    // RFC 3711 appendix B.3 and RFC 7714 section 16 and 17.
    let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139")
    let salt = hex("0EC675AD498AFEEBB6960B3AABE6")
    let rtp = hex("800f1234 decafbad cafebabe abababababababababababababababab")
    let rtcp = hex("81c8000b cafebabe abababababababababababababababab")

    @Test("The reference derives the session keys of RFC 3711 appendix B.3")
    func derivation() {
        #expect(
            ReferenceSRTP.derive(master: master, salt: salt, label: 0, count: 16)
                == hex("C61E7A93744F39EE10734AFE3FF7A087"))
        #expect(
            ReferenceSRTP.derive(master: master, salt: salt, label: 2, count: 14)
                == hex("30CBBC08863D8C85D49DB34A9AE1"))
        #expect(
            ReferenceSRTP.derive(master: master, salt: salt, label: 1, count: 20)
                == hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"))
    }

    @Test("The reference encrypts the key stream of RFC 3711 appendix B.2")
    func keyStream() {
        let stream = ReferenceAES(key: hex("2B7E151628AED2A6ABF7158809CF4F3C"))
            .counterMode([UInt8](repeating: 0, count: 48), counter: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"))
        #expect(
            stream
                == hex(
                    "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"
                ))
    }

    @Test("The reference seals the RTP packets of RFC 7714 sections 16.1.1 and 16.2.1")
    func sealedRTP() {
        let plain = hex(
            """
            8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465
            73207472 6573
            """)
        let salt = hex("51756964 2070726f 2071756f")
        #expect(
            ReferenceSRTP.sealRTP(plain, sessionKey: Array(0..<16), sessionSalt: salt)
                == hex(
                    """
                    8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
                    51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce
                    """))
        #expect(
            ReferenceSRTP.sealRTP(plain, sessionKey: Array(0..<32), sessionSalt: salt)
                == hex(
                    """
                    8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02
                    76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13
                    """))
    }

    @Test("The reference seals the RTCP packet of RFC 7714 section 17.1")
    func sealedRTCP() {
        let plain = hex(
            """
            81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef
            deadbeef deadbeef
            """)
        #expect(
            ReferenceSRTP.sealRTCP(
                plain, index: 0x5D4, sessionKey: Array(0..<16), sessionSalt: hex("51756964 2070726f 2071756f"))
                == hex(
                    """
                    81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
                    4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4
                    """))
    }

    @Test("AES_CM_128_HMAC_SHA1_80 gives libsrtp's vector over the keys of RFC 3711 appendix B.3")
    func counterMode() throws {
        var context = try SRTPContext(
            keys: makeEchoKeys(.aes128CMHMACSHA1_80, key: master, salt: salt), isClient: true)
        var packet = rtp
        try context.protectRTP(&packet)
        #expect(packet == hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"))
        #expect(Array(packet.dropLast(10)) == ReferenceSRTP.counterModeRTP(rtp, master: master, salt: salt))
        var control = rtcp
        try context.protectRTCP(&control)
        #expect(control == hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"))
        try context.unprotectRTP(&packet)
        try context.unprotectRTCP(&control)
        #expect(packet == rtp)
        #expect(control == rtcp)
    }

    @Test("AEAD_AES_128_GCM gives libsrtp's vector")
    func aead() throws {
        var context = try SRTPContext(
            keys: makeEchoKeys(.aeadAES128GCM, key: Array(0..<16), salt: Array(0xA0...0xAB)), isClient: true)
        var packet = rtp
        try context.protectRTP(&packet)
        #expect(
            packet
                == hex("800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392"))
        var control = rtcp
        try context.protectRTCP(&control)
        #expect(
            control
                == hex("81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"))
    }

    @Test(
        "Both AEAD profiles agree with the reference for random keys",
        arguments: [SRTPProfile.aeadAES128GCM, .aeadAES256GCM])
    func agreement(profile: SRTPProfile) throws {
        for seed in 1...8 as ClosedRange<UInt64> {
            let keys = makeKeys(profile, seed: seed)
            var context = try SRTPContext(keys: keys, isClient: true)
            let plain = rtpPacket(UInt16(seed) &* 4099, payload: Int(seed) * 13)
            var packet = plain
            try context.protectRTP(&packet)
            #expect(packet == ReferenceSRTP.sealRTP(plain, master: keys.clientKey, salt: keys.clientSalt))
            for index in 1...3 as ClosedRange<UInt32> {
                var control = rtcpPacket()
                try context.protectRTCP(&control)
                let expected = ReferenceSRTP.sealRTCP(
                    rtcpPacket(), index: index, master: keys.clientKey, salt: keys.clientSalt)
                #expect(control == expected)
            }
        }
    }
}
