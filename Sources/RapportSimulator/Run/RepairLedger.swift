import RapportBase

/// Tells retransmissions that bring something new from those that only fill a probe.
///
/// Which packet a retransmission repeats is encrypted; its size is not: it is the original's and two bytes (RFC 4588
/// section 4), give or take the header extensions that differ.
struct RepairLedger {
    private static let slack = 8
    private static let memory: Duration = .seconds(2)
    private static let longest = 4096

    private var missing: [(bytes: Int, at: Timestamp)] = []

    mutating func lost(_ bytes: Int, at now: Timestamp) {
        missing.removeAll { now - $0.at > Self.memory }
        if missing.count < Self.longest { missing.append((bytes, now)) }
    }

    /// Whether a retransmission of this size stands for a packet that is missing, which it then no longer is.
    mutating func repairs(_ bytes: Int, at now: Timestamp) -> Bool {
        var best: (place: Int, difference: Int)?
        for (place, packet) in missing.enumerated() where now - packet.at <= Self.memory {
            let difference = abs(bytes - 2 - packet.bytes)
            guard difference <= Self.slack, difference < best?.difference ?? .max else { continue }
            best = (place, difference)
        }
        guard let best else { return false }
        missing.remove(at: best.place)
        return true
    }
}
