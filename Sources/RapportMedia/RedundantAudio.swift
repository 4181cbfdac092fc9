public import RapportBase
import RapportRTP

/// Repeats the last packets of sound within each new one, for peers that take it. RFC 2198.
///
/// With Opus one repetition doubles the rate and brings back what a loss of one packet takes, two what a loss of two.
public struct RedundantAudio: Sendable {
    /// Packets repeated, 0 to 4: zero sends the primary alone.
    public var distance: Int {
        didSet { distance = max(0, min(distance, Self.mostRepeated)) }
    }
    public static let mostRepeated = 4
    /// Longest payload made; older packets are left out to keep to it.
    public let maximumBytes: Int
    private var past: [(timestamp: RTPTimestamp, bytes: [UInt8])] = []

    public init(distance: Int = 1, maximumBytes: Int = 1100) {
        self.distance = max(0, min(distance, Self.mostRepeated))
        self.maximumBytes = maximumBytes
        past.reserveCapacity(Self.mostRepeated + 1)
    }

    /// Appends the payload of one packet: the older ones that fit, then this one.
    /// - Parameter payloadType: of the sound itself.
    public mutating func pack(
        _ packet: [UInt8], at timestamp: RTPTimestamp, payloadType: PayloadType, to bytes: inout [UInt8]
    ) {
        let older = repeated(before: timestamp, room: maximumBytes - packet.count - RED.primaryHeaderLength)
        RED.appendHeaders(
            older: past[older].map { (payloadType, timestamp.distance(from: $0.timestamp), $0.bytes.count) },
            primary: payloadType, to: &bytes)
        for index in older { bytes.append(contentsOf: past[index].bytes) }
        bytes.append(contentsOf: packet)
        past.append((timestamp, packet))
        if past.count > Self.mostRepeated { past.removeFirst() }
    }

    /// The newest of the past packets that fit, without a gap among them: the receiver counts back from this one.
    private func repeated(before timestamp: RTPTimestamp, room: Int) -> Range<Int> {
        var (start, left) = (past.count, room)
        while start > 0, past.count - start < distance {
            let candidate = past[start - 1]
            let age = timestamp.distance(from: candidate.timestamp)
            left -= RED.headerLength + candidate.bytes.count
            guard left >= 0, (1...RED.maximumOffset).contains(age), candidate.bytes.count <= RED.maximumLength else {
                break
            }
            start -= 1
        }
        return start..<past.count
    }

    /// Forgets what was sent, after a pause or for a new stream.
    public mutating func reset() { past.removeAll(keepingCapacity: true) }
}
