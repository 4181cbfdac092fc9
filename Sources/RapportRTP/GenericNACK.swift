public import RapportBase

/// Packets that the receiver misses and wants again. RFC 4585 section 6.2.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            PID                |             BLP               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct GenericNACK: Sendable, Equatable {
    public var sender: SSRC
    public var media: SSRC
    /// In the order of the message; ascending when it packs best.
    public var lost: [SequenceNumber]

    public init(sender: SSRC, media: SSRC, lost: [SequenceNumber]) {
        self.sender = sender
        self.media = media
        self.lost = lost
    }

    init(_ body: Span<UInt8>) throws(RTCPError) {
        // RFC 4585 section 6.2.1: there is at least one entry.
        try RTCPFrame.require(12, of: body)
        sender = SSRC(body.uint32(at: 0))
        media = SSRC(body.uint32(at: 4))
        lost = []
        for offset in stride(from: 8, through: body.count - 4, by: 4) {
            let first = SequenceNumber(body.uint16(at: offset))
            let following = body.uint16(at: offset + 2)
            lost.append(first)
            for bit in 0..<16 where following >> UInt16(bit) & 1 == 1 { lost.append(first + (bit + 1)) }
        }
    }

    /// An empty list appends nothing, since the message needs an entry.
    func append(to bytes: inout [UInt8]) {
        guard let first = lost.first else { return }
        let start = RTCP.begin(RTCPPacketType.transportFeedback, count: RTCPFeedbackFormat.nack, &bytes)
        bytes.append(uint32: sender.rawValue)
        bytes.append(uint32: media.rawValue)
        var entry = Entry(first: first)
        for number in lost.dropFirst() where !entry.take(number) {
            if bytes.count - start + 4 > Self.maximumLength { break }
            entry.append(to: &bytes)
            entry = Entry(first: number)
        }
        entry.append(to: &bytes)
        RTCP.end(start, &bytes)
    }

    // What the 16-bit length can say, less the last entry.
    private static let maximumLength = 4 * 65_535

    private struct Entry {
        let first: SequenceNumber
        var following: UInt16 = 0

        /// True when the number is in this entry now, false when it needs another one.
        mutating func take(_ number: SequenceNumber) -> Bool {
            let distance = number.distance(from: first)
            guard (0...16).contains(distance) else { return false }
            if distance > 0 { following |= 1 << UInt16(distance - 1) }
            return true
        }

        func append(to bytes: inout [UInt8]) {
            bytes.append(uint16: first.rawValue)
            bytes.append(uint16: following)
        }
    }
}
