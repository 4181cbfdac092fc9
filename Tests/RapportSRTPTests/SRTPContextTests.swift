import RapportBase
import RapportSRTP
import Testing

@Suite("SRTPContext")
struct SRTPContextTests {
    @Test("What one side protects the other unprotects, both directions", arguments: SRTPProfile.allCases)
    func roundTrip(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        for number in 0..<200 as Range<UInt16> {
            let plain = rtpPacket(number &+ 65_500, payload: Int(number) * 5)
            var packet = plain
            try client.protectRTP(&packet)
            #expect(packet.count == plain.count + profile.rtpOverhead)
            #expect(
                Array(packet[12..<min(plain.count, 40)]) != Array(plain[12..<min(plain.count, 40)]) || plain.count < 20)
            try server.unprotectRTP(&packet)
            #expect(packet == plain)
            try server.protectRTP(&packet)
            try client.unprotectRTP(&packet)
            #expect(packet == plain)
            var control = rtcpPacket()
            try server.protectRTCP(&control)
            #expect(control.count == rtcpPacket().count + profile.rtcpOverhead)
            try client.unprotectRTCP(&control)
            #expect(control == rtcpPacket())
        }
        #expect(client.statistics.protected == 200)
        #expect(client.statistics.unprotected == 400)
    }

    @Test(
        "A packet with contributing sources and an extension keeps both in the clear", arguments: SRTPProfile.allCases)
    func extendedHeader(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var plain = Array(rtpPacket(7, payload: 0)) + [0, 0, 0, 1, 0, 0, 0, 2]
        plain[0] |= 0x12
        plain += [0xBE, 0xDE, 0, 1, 0x10, 0xAA, 0, 0] + [1, 2, 3, 4, 5]
        var packet = plain
        try client.protectRTP(&packet)
        #expect(packet[..<28] == plain[..<28])
        #expect(packet[28..<33] != plain[28..<33])
        try server.unprotectRTP(&packet)
        #expect(packet == plain)
    }

    @Test("Every truncation of a packet is refused", arguments: SRTPProfile.allCases)
    func truncation(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var packet = rtpPacket(9)
        packet[0] |= 0x11  // one contributing source, and an extension of one word
        packet[18...19] = [0, 1]
        try client.protectRTP(&packet)
        var control = rtcpPacket()
        try client.protectRTCP(&control)
        for count in 0..<packet.count {
            var cut = Array(packet[..<count])
            let error = #expect(throws: SRTPError.self) { try server.unprotectRTP(&cut) }
            #expect(error == .malformed || error == .authenticationFailed)
        }
        for count in 0..<control.count {
            var cut = Array(control[..<count])
            let error = #expect(throws: SRTPError.self) { try server.unprotectRTCP(&cut) }
            #expect(error == .malformed || error == .authenticationFailed)
        }
        let refused = server.statistics
        #expect(refused.malformed + refused.authenticationFailed == packet.count + control.count)
        #expect(refused.malformed > 20 && refused.authenticationFailed > 20)
        try server.unprotectRTP(&packet)
        try server.unprotectRTCP(&control)
    }

    @Test(
        "A change of any byte is found out, and the genuine packet is still taken afterwards",
        arguments: SRTPProfile.allCases)
    func forgery(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var packet = rtpPacket(9)
        try client.protectRTP(&packet)
        var control = rtcpPacket()
        try client.protectRTCP(&control)
        // Bits that leave version and header structure alone, so that nothing but the tag can object.
        for index in packet.indices {
            var forged = packet
            forged[index] ^= index == 0 ? 0x20 : 0x41
            #expect(throws: SRTPError.authenticationFailed) { try server.unprotectRTP(&forged) }
        }
        for index in control.indices {
            var forged = control
            forged[index] ^= index == 0 ? 0x20 : 0x41
            #expect(throws: SRTPError.authenticationFailed) { try server.unprotectRTCP(&forged) }
        }
        for bit in 0..<8 {
            var forged = packet
            forged[0] ^= 1 << UInt8(bit)
            let error = #expect(throws: SRTPError.self) { try server.unprotectRTP(&forged) }
            #expect(error == .malformed || error == .authenticationFailed)
        }
        #expect(server.statistics.authenticationFailed >= packet.count + control.count)
        #expect(server.statistics.unprotected == 0)
        try server.unprotectRTP(&packet)
        try server.unprotectRTCP(&control)
    }

    @Test("RTCP that says it is not encrypted is refused", arguments: SRTPProfile.allCases)
    func clearRTCP(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var control = rtcpPacket()
        try client.protectRTCP(&control)
        let flag = profile == .aes128CMHMACSHA1_80 ? control.count - 14 : control.count - 4
        #expect(control[flag] == 0x80)
        control[flag] = 0
        #expect(throws: SRTPError.authenticationFailed) { try server.unprotectRTCP(&control) }
    }

    // RFC 3711 section 3.3.2.
    @Test(
        "A replayed packet is found out, a late one within the window taken, an older one refused",
        arguments: SRTPProfile.allCases)
    func replay(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var sent: [[UInt8]] = []
        for number in 0..<1200 as Range<UInt16> {
            var packet = rtpPacket(number &+ 65_000)
            try client.protectRTP(&packet)
            sent.append(packet)
        }
        for packet in [sent[0], sent[1199]] {
            var copy = packet
            try server.unprotectRTP(&copy)
            copy = packet
            #expect(throws: SRTPError.replayed) { try server.unprotectRTP(&copy) }
        }
        var late = sent[200]
        try server.unprotectRTP(&late)
        #expect(late == rtpPacket(65_200))
        late = sent[200]
        #expect(throws: SRTPError.replayed) { try server.unprotectRTP(&late) }
        var old = sent[100]
        #expect(throws: SRTPError.tooOld) { try server.unprotectRTP(&old) }
        #expect(server.statistics.replayed == 3)
        #expect(server.statistics.tooOld == 1)
    }

    @Test("Replayed RTCP is found out", arguments: SRTPProfile.allCases)
    func replayedRTCP(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var control = rtcpPacket()
        try client.protectRTCP(&control)
        var copy = control
        try server.unprotectRTCP(&control)
        #expect(throws: SRTPError.replayed) { try server.unprotectRTCP(&copy) }
    }

    // RFC 3711 section 9.1: one index, one plain text.
    @Test("The same packet may be protected again and gives the same bytes", arguments: SRTPProfile.allCases)
    func repeatedSending(profile: SRTPProfile) throws {
        var client = try SRTPContext(keys: makeKeys(profile), isClient: true)
        var first = rtpPacket(500)
        var other = rtpPacket(501)
        var again = rtpPacket(500)
        try client.protectRTP(&first)
        try client.protectRTP(&other)
        try client.protectRTP(&again)
        #expect(first == again)
    }

    @Test("A context takes no more sources than its bound and forgets none of them")
    func sourceLimit() throws {
        var client = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: true)
        var server = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: false)
        let limit = UInt32(SRTPContext.maximumSources)
        for source in 0..<limit + 5 {
            var packet = rtpPacket(1, ssrc: source)
            try client.protectRTP(&packet)
            if source < limit {
                try server.unprotectRTP(&packet)
            } else {
                #expect(throws: SRTPError.tooManySources) { try server.unprotectRTP(&packet) }
            }
        }
        var known = rtpPacket(2, ssrc: 3)
        try client.protectRTP(&known)
        try server.unprotectRTP(&known)
        #expect(server.statistics.tooManySources == 5)
    }

    @Test("Forged packets take no place among the sources")
    func forgedSources() throws {
        var client = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: true)
        var server = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: false)
        for source in 0..<UInt32(3 * SRTPContext.maximumSources) {
            var forged = rtpPacket(1, ssrc: source)
            #expect(throws: SRTPError.authenticationFailed) { try server.unprotectRTP(&forged) }
        }
        var packet = rtpPacket(1)
        try client.protectRTP(&packet)
        try server.unprotectRTP(&packet)
    }

    @Test("Random bytes are never taken and never trap", arguments: SRTPProfile.allCases)
    func randomBytes(profile: SRTPProfile) throws {
        var server = try SRTPContext(keys: makeKeys(profile), isClient: false)
        var random = SeededGenerator(seed: 77)
        for round in 0..<3000 {
            var packet = random.bytes(Int.random(in: 0...120, using: &random))
            if round % 2 == 0, !packet.isEmpty { packet[0] = 0x80 | packet[0] & 0x3F }
            var copy = packet
            #expect(throws: SRTPError.self) { try server.unprotectRTP(&packet) }
            #expect(throws: SRTPError.self) { try server.unprotectRTCP(&copy) }
        }
        #expect(server.statistics.malformed + server.statistics.authenticationFailed == 6000)
    }

    @Test("Packets that are no packets are not protected")
    func malformedPlain() throws {
        var client = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: true)
        var short: [UInt8] = [0x80, 96, 0, 1]
        #expect(throws: SRTPError.malformed) { try client.protectRTP(&short) }
        var shortControl: [UInt8] = [0x80, 201, 0, 1]
        #expect(throws: SRTPError.malformed) { try client.protectRTCP(&shortControl) }
        #expect(client.statistics.malformed == 2)
    }

    @Test("Keys of the wrong length are refused", arguments: SRTPProfile.allCases)
    func wrongKeyLength(profile: SRTPProfile) {
        var keys = makeKeys(profile)
        keys.serverSalt.removeLast()
        #expect(throws: SRTPError.wrongKeyLength) { _ = try SRTPContext(keys: keys, isClient: true) }
        keys = makeKeys(profile)
        keys.clientKey.append(0)
        #expect(throws: SRTPError.wrongKeyLength) { _ = try SRTPContext(keys: keys, isClient: true) }
    }

    @Test("The library can be started before the first context, any number of times")
    func preparation() throws {
        try SRTPContext.prepareLibrary()
        try SRTPContext.prepareLibrary()
        var client = try SRTPContext(keys: makeKeys(.aeadAES128GCM), isClient: true)
        var packet = rtpPacket(1, payload: 100)
        try client.protectRTP(&packet)
        #expect(packet.count == 112 + SRTPProfile.aeadAES128GCM.rtpOverhead)
    }
}
