import COpenSSL
import RapportBase
import Testing

@testable import RapportDTLS

@Suite("DTLS fingerprints")
struct FingerprintTests {
    static let wrong = Fingerprint(algorithm: .sha256, bytes: [UInt8](repeating: 0xAB, count: 32))

    @Test("A wrong fingerprint on the client's side ends both without keys")
    func wrongAtClient() throws {
        var pair = try Pair()
        pair.tellClient([Self.wrong])
        pair.tellServer([pair.clientFingerprint])
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.errors == [.fingerprintMismatch])
        #expect(pair.serverSaw.errors == [.peerAlert(42)])  // bad_certificate
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
        #expect(pair.clientNow.timeout == nil && pair.serverNow.timeout == nil)
    }

    @Test("A wrong fingerprint on the server's side ends both without keys")
    func wrongAtServer() throws {
        var pair = try Pair()
        pair.tellClient([pair.serverFingerprint])
        pair.tellServer([Self.wrong])
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.errors == [.fingerprintMismatch])
        #expect(pair.clientSaw.errors == [.peerAlert(42)])
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    // RFC 8842 section 5.5 and RFC 8827 section 6.5: the handshake may run ahead of signalling, its keys may not.
    @Test("Keys wait for fingerprints that come after the handshake")
    func late() throws {
        var pair = try Pair()
        pair.tellServer([pair.clientFingerprint])
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.keys.count == 1)
        #expect(pair.clientSaw.keys.isEmpty && !pair.clientNow.isConnected)
        var outputs: [DTLSOutput] = []
        try pair.server.send([1, 2, 3].span, into: &outputs)
        #expect(throws: DTLSError.notConnected) { try pair.client.send([1].span, into: &outputs) }
        pair.take(outputs, from: .toClient)
        pair.settle()
        #expect(pair.clientSaw.messages.isEmpty)
        #expect(pair.clientNow.statistics.unverifiedMessages == 1)
        pair.tellClient([pair.serverFingerprint])
        #expect(pair.clientSaw.keys.map(\.all) == pair.serverSaw.keys.map(\.all))
        pair.tellClient([Self.wrong])
        #expect(pair.clientSaw.keys.count == 1 && pair.clientSaw.errors.isEmpty)
    }

    @Test("A wrong fingerprint after the handshake gives no keys and takes leave of the peer")
    func lateAndWrong() throws {
        var pair = try Pair()
        pair.tellClient([pair.serverFingerprint])
        pair.start()
        pair.settle()
        #expect(pair.serverSaw.keys.isEmpty)
        pair.tellServer([Self.wrong])
        pair.settle()
        #expect(pair.serverSaw.errors == [.fingerprintMismatch])
        #expect(pair.serverSaw.keys.isEmpty)
        #expect(pair.clientSaw.closed == 1)
        pair.tellServer([pair.clientFingerprint])
        #expect(pair.serverSaw.keys.isEmpty)
    }

    @Test("A callback that waves every certificate through does not open the lock")
    func lock() throws {
        let careless = try DTLSPolicy()
        SSL_CTX_set_cert_verify_callback(careless.context, { _, _ in 1 }, nil)
        var pair = try Pair(clientPolicy: careless, serverPolicy: careless)
        pair.tellClient([Self.wrong])
        pair.tellServer([Self.wrong])
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.errors == [.fingerprintMismatch])
        #expect(pair.serverSaw.errors == [.fingerprintMismatch])
        #expect(pair.clientSaw.keys.isEmpty && pair.serverSaw.keys.isEmpty)
    }

    // RFC 8122 section 5.
    @Test("Of several hash functions the strongest decides; of its fingerprints one has to match")
    func several() throws {
        let certificate = try makeCertificate()
        let right = try HashAlgorithm.allCases.map { try certificate.fingerprint($0) }
        let forged = right.map { Fingerprint(algorithm: $0.algorithm, bytes: $0.bytes.map { ~$0 }) }
        func matches(_ fingerprints: [Fingerprint]) -> Bool {
            FingerprintSet(fingerprints).matches(certificate.credentials.certificate)
        }
        for (good, bad) in zip(right, forged) {
            #expect(good.bytes.count == good.algorithm.digestLength)
            #expect(matches([good]))
            #expect(!matches([bad]))
            #expect(matches([bad, good]) && matches([good, bad]))
        }
        #expect(matches(right))
        for weaker in 0..<right.count {
            for stronger in weaker + 1..<right.count {
                #expect(matches([forged[weaker], right[stronger]]))
                #expect(!matches([right[weaker], forged[stronger]]))
            }
        }
        #expect(!matches([]))
        #expect(!matches([Fingerprint(algorithm: .sha256, bytes: Array(right[2].bytes.dropLast()))]))
    }

    @Test("An empty list of fingerprints matches no peer")
    func empty() throws {
        var pair = try Pair()
        pair.tellClient([])
        pair.tellServer([pair.clientFingerprint])
        pair.start()
        pair.settle()
        #expect(pair.clientSaw.errors == [.fingerprintMismatch])
        #expect(pair.serverSaw.keys.isEmpty)
    }

    @Test("A certificate carries the validity asked for, a fresh serial, and no name")
    func certificate() throws {
        var pair = try Pair()
        pair.exchangeFingerprints()
        pair.start()
        pair.settle()
        let first = try #require(pair.clientNow.peerCertificate)
        let second = try #require(pair.serverNow.peerCertificate)
        #expect(first != second)
        // 2026-09-20T14:13:20Z, one day early, and thirty days later. RFC 5280 section 4.1.2.5.1
        for text in ["260920141320Z", "261021141320Z", "WebRTC"] {
            #expect(first.split(separator: Array(text.utf8)).count == (text == "WebRTC" ? 3 : 2))
        }
        #expect(try makeCertificate().expires == someDay + 30 * 86_400)
    }
}
