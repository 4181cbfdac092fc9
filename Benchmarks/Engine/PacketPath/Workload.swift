import RapportBase

/// What is sent: pictures that make `packetsPerFrame` RTP packets of `packetBytes` each, before protection.
struct Workload {
    let packetBytes: Int
    let packetsPerFrame: Int
    let packets: Int
    let rounds: Int
    let keyFrame: [UInt8]
    let deltaFrame: [UInt8]

    /// Header, extensions and payload descriptor: RFC 3550, RFC 8285 and RFC 7741 as a call negotiates them here.
    private static let overhead = 12 + 16 + 6

    init(packetBytes: Int, packetsPerFrame: Int, packets: Int, rounds: Int) {
        self.packetBytes = packetBytes
        self.packetsPerFrame = packetsPerFrame
        self.packets = packets / packetsPerFrame * packetsPerFrame
        self.rounds = rounds
        let size = packetsPerFrame * (packetBytes - Self.overhead)
        var bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        // RFC 6386 section 9.1: a shown inter frame, and a key frame of 640×360.
        bytes.replaceSubrange(0..<3, with: [0x11, 0, 0])
        deltaFrame = bytes
        bytes.replaceSubrange(0..<10, with: [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01])
        keyFrame = bytes
    }

    var framesPerRound: Int { packets / packetsPerFrame }

    /// 30 pictures a second.
    static let frameInterval = Duration.nanoseconds(33_333_333)

    /// High enough that the pacer lets a whole picture go within a step or two, as the floor sends its batches, and so low
    /// that the estimator's probes fit into a socket's buffer.
    var bitrate: Bitrate { .kilobits(20_000) }
}
