/// Key derivation and packet transforms, written from RFC 3711 and RFC 7714 only.
enum ReferenceSRTP {
    /// RFC 3711 section 4.3.1, with a key derivation rate of zero.
    static func derive(master: [UInt8], salt: [UInt8], label: UInt8, count: Int) -> [UInt8] {
        // RFC 7714 section 11: a 96-bit salt is widened with 16 zero bits at its end.
        var x = salt + [UInt8](repeating: 0, count: 16 - salt.count)
        x[7] ^= label
        return ReferenceAES(key: master).counterMode([UInt8](repeating: 0, count: count), counter: x)
    }

    /// The encrypted part of an RTP packet, without tag, roll-over counter zero. RFC 3711 section 4.1.1.
    static func counterModeRTP(_ packet: [UInt8], master: [UInt8], salt: [UInt8]) -> [UInt8] {
        let key = derive(master: master, salt: salt, label: 0, count: 16)
        var iv = derive(master: master, salt: salt, label: 2, count: 14) + [0, 0]
        for i in 0..<4 { iv[4 + i] ^= packet[8 + i] }
        for i in 0..<2 { iv[12 + i] ^= packet[2 + i] }
        return packet[..<12] + ReferenceAES(key: key).counterMode(Array(packet[12...]), counter: iv)
    }

    /// RFC 7714 section 8.1, with session keys, roll-over counter zero.
    static func sealRTP(_ packet: [UInt8], sessionKey: [UInt8], sessionSalt: [UInt8]) -> [UInt8] {
        let iv: [UInt8] = [0, 0] + packet[8..<12] + [0, 0, 0, 0] + packet[2..<4]
        let nonce = zip(iv, sessionSalt).map { $0 ^ $1 }
        let header = Array(packet[..<12])
        return header
            + ReferenceGCM.seal(key: sessionKey, nonce: nonce, plain: Array(packet[12...]), additional: header)
    }

    /// RFC 7714 section 9.1, with session keys.
    static func sealRTCP(_ packet: [UInt8], index: UInt32, sessionKey: [UInt8], sessionSalt: [UInt8]) -> [UInt8] {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: index >> (24 - 8 * $0)) }
        let iv: [UInt8] = [0, 0] + packet[4..<8] + [0, 0] + number
        let nonce = zip(iv, sessionSalt).map { $0 ^ $1 }
        let trailer = [number[0] | 0x80] + number[1...]
        let header = Array(packet[..<8])
        let sealed = ReferenceGCM.seal(
            key: sessionKey, nonce: nonce, plain: Array(packet[8...]), additional: header + trailer)
        return header + sealed + trailer
    }

    /// RFC 7714 from the master key on.
    static func sealRTP(_ packet: [UInt8], master: [UInt8], salt: [UInt8]) -> [UInt8] {
        sealRTP(
            packet, sessionKey: derive(master: master, salt: salt, label: 0, count: master.count),
            sessionSalt: derive(master: master, salt: salt, label: 2, count: 12))
    }

    static func sealRTCP(_ packet: [UInt8], index: UInt32, master: [UInt8], salt: [UInt8]) -> [UInt8] {
        sealRTCP(
            packet, index: index, sessionKey: derive(master: master, salt: salt, label: 3, count: master.count),
            sessionSalt: derive(master: master, salt: salt, label: 5, count: 12))
    }
}
