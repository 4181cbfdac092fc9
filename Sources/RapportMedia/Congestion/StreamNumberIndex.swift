import RapportBase

/// Which transport-wide number each packet of each stream left under: reports of RFC 8888 name packets by stream.
struct StreamNumberIndex: Sendable {
    /// Streams at most; those of a mesh's largest session are a dozen.
    static let maximumStreams = 64
    private static let slots = 2048

    private struct Stream: Sendable {
        var source: SSRC
        /// The number above the 16 bits of the sequence number; -1 for none.
        var entries = [Int64](repeating: -1, count: slots)
    }

    private var streams: [Stream] = []

    /// Remembers a packet. Of more streams than there is room for, the oldest goes.
    mutating func insert(_ number: Int64, source: SSRC, sequence: SequenceNumber) {
        let place = place(source) ?? add(source)
        streams[place].entries[Self.slot(sequence)] = number << 16 | Int64(sequence.rawValue)
    }

    /// Nil for a packet never sent, or sent too long ago.
    func number(source: SSRC, sequence: SequenceNumber) -> Int64? {
        guard let place = place(source) else { return nil }
        let entry = streams[place].entries[Self.slot(sequence)]
        guard entry >= 0, UInt16(truncatingIfNeeded: entry) == sequence.rawValue else { return nil }
        return entry >> 16
    }

    private func place(_ source: SSRC) -> Int? { streams.firstIndex { $0.source == source } }

    private mutating func add(_ source: SSRC) -> Int {
        if streams.count == Self.maximumStreams { streams.removeFirst() }
        streams.append(Stream(source: source))
        return streams.count - 1
    }

    private static func slot(_ sequence: SequenceNumber) -> Int { Int(sequence.rawValue) & (slots - 1) }
}
