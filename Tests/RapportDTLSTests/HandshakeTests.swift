import COpenSSL
import RapportBase
import RapportSRTP
import Testing

@testable import RapportDTLS

@Suite("DTLS handshake")
struct HandshakeTests {
    @Test("Two endpoints get the same keys, once, in two flights each, in datagrams that fit")
    func clean() throws {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        let client = try #require(pair.clientSaw.keys.first)
        let server = try #require(pair.serverSaw.keys.first)
        #expect(client.all == server.all)
        #expect(client.profile == .aeadAES128GCM)
        #expect(client.clientKey.count == 16 && client.serverSalt.count == 12)
        #expect(client.clientKey != client.serverKey && client.clientSalt != client.serverSalt)
        #expect(pair.clientSaw.keys.count == 1 && pair.serverSaw.keys.count == 1)
        #expect(pair.sent.count == 4)
        #expect(pair.sent.allSatisfy { $0.bytes.count <= 1200 })
        #expect(pair.clientNow.isConnected && pair.serverNow.isConnected)
        #expect(pair.clientNow.timeout == nil && pair.serverNow.timeout == nil)
        #expect(pair.clientNow.hasExtendedMasterSecret && pair.serverNow.hasExtendedMasterSecret)
        #expect(pair.clientNow.cipherSuite == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        #expect(pair.clientNow.statistics.garbage == 0 && pair.serverNow.statistics.garbage == 0)
    }

    @Test("Two handshakes give different keys")
    func fresh() throws {
        var seen: Set<[UInt8]> = []
        for _ in 0..<3 {
            var pair = try Pair()
            pair.exchangeFingerprints()
            pair.start()
            pair.settle()
            seen.insert(try #require(pair.clientSaw.keys.first).all)
        }
        #expect(seen.count == 3)
    }

    @Test("What one side protects under the exported keys the other unprotects", arguments: SRTPProfile.allCases)
    func media(profile: SRTPProfile) throws {
        var pair = try Pair(clientProfiles: [profile])
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        let keys = (try #require(pair.clientSaw.keys.first), try #require(pair.serverSaw.keys.first))
        #expect(keys.0.profile == profile)
        var client = try SRTPContext(keys: keys.0, isClient: true)
        var server = try SRTPContext(keys: keys.1, isClient: false)
        let plain: [UInt8] = [0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3] + Array("ut unum sint".utf8)
        var packet = plain
        try client.protectRTP(&packet)
        var echo = packet
        #expect(throws: SRTPError.authenticationFailed) { try client.unprotectRTP(&echo) }
        try server.unprotectRTP(&packet)
        #expect(packet == plain)
        try server.protectRTP(&packet)
        try client.unprotectRTP(&packet)
        #expect(packet == plain)
    }

    // RFC 5764 section 4.1.1: the server picks among what the client offers.
    @Test(
        "The server's first profile that the client offers is taken",
        arguments: [
            (
                [SRTPProfile.aeadAES128GCM, .aes128CMHMACSHA1_80], [SRTPProfile.aes128CMHMACSHA1_80],
                SRTPProfile.aes128CMHMACSHA1_80
            ),
            ([.aes128CMHMACSHA1_80], [.aeadAES128GCM, .aeadAES256GCM, .aes128CMHMACSHA1_80], .aes128CMHMACSHA1_80),
            (
                [.aes128CMHMACSHA1_80, .aeadAES256GCM, .aeadAES128GCM], [.aeadAES128GCM, .aes128CMHMACSHA1_80],
                .aeadAES128GCM
            ),
            ([.aes128CMHMACSHA1_80, .aeadAES256GCM], [.aeadAES256GCM, .aes128CMHMACSHA1_80], .aeadAES256GCM),
        ])
    func preference(client: [SRTPProfile], server: [SRTPProfile], expected: SRTPProfile) throws {
        var pair = try Pair(clientProfiles: client, serverProfiles: server)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.keys.map(\.profile) == [expected])
        #expect(pair.serverSaw.keys.map(\.profile) == [expected])
    }

    @Test("Without a common profile there are no keys, and the client says why")
    func noCommonProfile() throws {
        var pair = try Pair(clientProfiles: [.aeadAES128GCM], serverProfiles: [.aes128CMHMACSHA1_80])
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.errors == [.noCommonSRTPProfile])
        #expect(pair.serverSaw.errors == [.peerAlert(40)])  // handshake_failure
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    @Test("A client that goes on without a profile is refused by the server")
    func carelessClient() throws {
        let careless = try DTLSPolicy()
        SSL_CTX_set_cert_verify_callback(careless.context, { _, _ in 1 }, nil)
        var pair = try Pair(
            clientProfiles: [.aeadAES128GCM], serverProfiles: [.aes128CMHMACSHA1_80], clientPolicy: careless)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.errors == [.noCommonSRTPProfile])
        #expect(pair.clientSaw.errors == [.peerAlert(40)])
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    @Test("When nobody looks during the handshake the profile is missed at its end")
    func carelessPair() throws {
        let careless = try DTLSPolicy()
        SSL_CTX_set_cert_verify_callback(careless.context, { _, _ in 1 }, nil)
        var pair = try Pair(
            clientProfiles: [.aeadAES128GCM], serverProfiles: [.aes128CMHMACSHA1_80], clientPolicy: careless,
            serverPolicy: careless)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.errors == [.noCommonSRTPProfile])
        #expect(pair.clientSaw.errors == [.noCommonSRTPProfile])
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    // RFC 5763 section 5: the client shows a certificate too.
    @Test("A client without a certificate is refused")
    func anonymousClient() throws {
        var pair = try Pair()
        SSL_certs_clear(pair.client.connection.ssl)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.errors == [.noPeerCertificate])
        #expect(pair.clientSaw.errors == [.peerAlert(40)])
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    @Test(
        "Peers with RSA certificates are taken",
        arguments: [
            (DTLSCertificate.KeyAlgorithm.rsa2048, DTLSCertificate.KeyAlgorithm.p256), (.p256, .rsa2048),
        ])
    func rsa(client: DTLSCertificate.KeyAlgorithm, server: DTLSCertificate.KeyAlgorithm) throws {
        var pair = try Pair(clientKey: client, serverKey: server)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        let keys = try #require(pair.clientSaw.keys.first)
        #expect(keys.all == pair.serverSaw.keys.first?.all)
        #expect(pair.sent.allSatisfy { $0.bytes.count <= 1200 })
    }

    // RFC 6347 section 4.2.1: we ask for no cookie, but a peer may.
    @Test("A client answers a server that asks for a cookie")
    func cookie() throws {
        let suspicious = try DTLSPolicy()
        SSL_CTX_set_options(suspicious.context, 1 << 13)  // SSL_OP_COOKIE_EXCHANGE
        SSL_CTX_set_cookie_generate_cb(suspicious.context) { _, cookie, length in
            for index in 0..<20 { cookie?[index] = UInt8(index) }
            length?.pointee = 20
            return 1
        }
        SSL_CTX_set_cookie_verify_cb(suspicious.context) { _, cookie, length in
            length == 20 && cookie?[19] == 19 ? 1 : 0
        }
        var pair = try Pair(serverPolicy: suspicious)
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        #expect(pair.sent.count == 6)
        let keys = try #require(pair.clientSaw.keys.first)
        #expect(keys.all == pair.serverSaw.keys.first?.all)
    }

    @Test("A server that was not started starts with the first datagram; a client takes none before its start")
    func order() throws {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.deliver([22, 0xFE, 0xFD], .toClient)
        #expect(pair.clientNow.statistics.outOfPlace == 1)
        var outputs: [DTLSOutput] = []
        pair.client.start(into: &outputs)
        pair.take(outputs, from: .toServer)
        pair.settle()
        #expect(pair.clientSaw.keys.count == 1 && pair.serverSaw.keys.count == 1)
        outputs = []
        pair.client.start(into: &outputs)
        #expect(outputs.isEmpty)
    }
}
