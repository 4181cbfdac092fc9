import RapportBase

extension Timestamp {
    /// Seconds from `earlier` to this, negative when it lies behind; made for arithmetic on every packet.
    func seconds(since earlier: Timestamp) -> Double {
        // Subtracting as `Double` cannot overflow, whatever a peer's clock claims.
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (Double(nanoseconds) - Double(earlier.nanoseconds)) / 1e9 : Double(difference) / 1e9
    }

    /// This time moved by `seconds`; a step that no clock can hold moves nothing.
    func advanced(by seconds: Double) -> Timestamp {
        guard let step = Int64(exactly: (seconds * 1e9).rounded()) else { return self }
        return Timestamp(nanoseconds: nanoseconds &+ step)
    }
}

extension SentPacket {
    /// A number and a size that a packet can have.
    var isPlausible: Bool { number >= 0 && number < Int64.max / 4 && bytes > 0 && bytes <= 65_535 }

    /// The same, and sent within the last minute before `now`.
    func isPlausible(at now: Timestamp) -> Bool {
        let age = now.seconds(since: sentAt)
        return isPlausible && age >= 0 && age < 60
    }
}

extension Bitrate {
    /// Bits per second as an estimate's arithmetic uses them.
    var real: Double { Double(bitsPerSecond) }

    init(real bitsPerSecond: Double) { self = Bitrate(bitsPerSecond: 1) * bitsPerSecond }
}
