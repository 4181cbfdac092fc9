/// Loudness of the sound in a packet. RFC 6464 section 3.
///
/// ```
///  0                   1
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  ID   | len=0 |V|   level     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct AudioLevel: Sendable, Hashable {
    /// True when the sender believes that somebody speaks.
    public var voiceActivity: Bool
    /// In -dBov: 0 is the loudest, 127 is silence.
    public var level: UInt8

    /// - Parameter level: in -dBov; what is above 127 counts as 127.
    public init(voiceActivity: Bool, level: UInt8) {
        self.voiceActivity = voiceActivity
        self.level = min(level, 127)
    }

    /// From the byte on the wire.
    public init(wire: UInt8) { self.init(voiceActivity: wire & 0x80 != 0, level: wire & 0x7F) }

    /// The byte on the wire.
    public var wire: UInt8 { (voiceActivity ? 0x80 : 0) | min(level, 127) }
}
