import RapportBase
import RapportSRTP

/// Bytes of a hexadecimal text; everything but digits is passed over.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix

extension SplitMix {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// Keys of both directions from a seed.
func makeKeys(_ profile: SRTPProfile, seed: UInt64 = 1) -> SRTPKeys {
    var random = SeededGenerator(seed: seed)
    return SRTPKeys(
        profile: profile, clientKey: random.bytes(profile.keyLength), clientSalt: random.bytes(profile.saltLength),
        serverKey: random.bytes(profile.keyLength), serverSalt: random.bytes(profile.saltLength))
}

/// Both directions under one key, so that a context can receive what it sent.
func makeEchoKeys(_ profile: SRTPProfile, key: [UInt8], salt: [UInt8]) -> SRTPKeys {
    SRTPKeys(profile: profile, clientKey: key, clientSalt: salt, serverKey: key, serverSalt: salt)
}

func rtpPacket(_ sequence: UInt16, ssrc: UInt32 = 0xCAFE_BABE, payload: Int = 40) -> [UInt8] {
    var packet: [UInt8] = [0x80, 96]
    packet.append(uint16: sequence)
    packet.append(uint32: UInt32(sequence) &* 3000)
    packet.append(uint32: ssrc)
    return packet + (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(sequence)) }
}

/// An empty receiver report and a source description of no chunks' worth of bytes behind it.
func rtcpPacket(ssrc: UInt32 = 0xCAFE_BABE) -> [UInt8] {
    var packet: [UInt8] = [0x80, 201, 0, 1]
    packet.append(uint32: ssrc)
    packet += [0x81, 206, 0, 2]
    packet.append(uint32: ssrc)
    packet.append(uint32: 0x0102_0304)
    return packet
}
