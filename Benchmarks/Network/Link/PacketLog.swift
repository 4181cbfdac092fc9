import BenchmarkSupport
import Glibc
import RapportBase

/// A line for each packet, in a file: what passed is read by whoever looks for a reason.
struct PacketLog {
    private let file: UnsafeMutablePointer<FILE>

    init(path: String) {
        guard let file = fopen(path, "w") else { fail("\(path): cannot be written") }
        self.file = file
    }

    /// Notes a packet of IPv4 without options; before the scenario begins the time is that of the clock, behind an at sign.
    func note(_ packet: [UInt8], link: Int, _ event: String, at time: Timestamp?) {
        var words = [
            time.map { "\(Double($0.nanoseconds / 1000) / 1e6)" } ?? "@\(Double(Clock.wall() / 1000) / 1e6)", "\(link)",
            event, "\(packet.count)",
        ]
        if packet.count >= 40, packet[9] == 17, packet[28] >> 6 == 2 {
            words += [
                "\(packet[29] & 0x7F)", "\(Self.number(packet[36..<40]))", "\(Self.number(packet[30..<32]))",
                "\(Self.number(packet[32..<36]))", "\(packet[29] >> 7)", "\(packet[28] >> 5 & 1)",
            ]
        }
        fputs(words.joined(separator: " ") + "\n", file)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
