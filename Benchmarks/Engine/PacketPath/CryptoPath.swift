import BenchmarkSupport
import RapportBase
import RapportSRTP

/// Protect and unprotect alone: the share that libsrtp2 and its crypto library have in everything else.
final class CryptoPath {
    private var context: SRTPContext
    private let workload: Workload
    private var packet: [UInt8]
    private var sequence: UInt16 = 0
    private let plain: Int

    init(profile: SRTPProfile, workload: Workload) {
        let key = (0..<UInt8(profile.keyLength)).map { $0 }
        let salt = (0..<UInt8(profile.saltLength)).map { $0 }
        // One key for both directions: the context hears what it says.
        let keys = SRTPKeys(profile: profile, clientKey: key, clientSalt: salt, serverKey: key, serverSalt: salt)
        do { context = try SRTPContext(keys: keys, isClient: true) } catch { fail("SRTP: \(error)") }
        self.workload = workload
        plain = workload.packetBytes
        packet = (0..<plain + profile.rtpOverhead).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    func run() -> Sample {
        Sample.measure(packets: workload.packets) {
            for _ in 0..<workload.packets { roundTrip() }
        }
    }

    private func roundTrip() {
        packet[0] = 0x80
        packet[1] = 96
        packet.replace(uint16: sequence, at: 2)
        sequence &+= 1
        let length = packet.withUnsafeMutableBytes { bytes -> Int in
            do throws(SRTPError) {
                let protected = try context.protectRTP(bytes, count: plain)
                return try context.unprotectRTP(UnsafeMutableRawBufferPointer(rebasing: bytes[..<protected]))
            } catch {
                fail("SRTP: \(error)")
            }
        }
        guard length == plain else { fail("SRTP: \(length) bytes came back") }
    }
}
