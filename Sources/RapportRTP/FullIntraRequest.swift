public import RapportBase

/// Asks sources for a key frame, each request with a number of its own. RFC 5104 section 4.3.1.
///
/// ```
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                              SSRC                             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Seq nr.       |    Reserved                                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct FullIntraRequest: Sendable, Equatable {
    /// A request to one source.
    public struct Entry: Sendable, Equatable {
        public var source: SSRC
        /// One up with every new request; a repeated one keeps its number.
        public var sequenceNumber: UInt8

        public init(source: SSRC, sequenceNumber: UInt8) {
            self.source = source
            self.sequenceNumber = sequenceNumber
        }
    }

    public var sender: SSRC
    public var entries: [Entry]

    public init(sender: SSRC, entries: [Entry]) {
        self.sender = sender
        self.entries = entries
    }

    init(_ body: Span<UInt8>) throws(RTCPError) {
        // RFC 5104 section 4.3.1.2: the media source field is not used; there is at least one entry.
        try RTCPFrame.require(16, of: body)
        sender = SSRC(body.uint32(at: 0))
        entries = []
        for offset in stride(from: 8, through: body.count - 8, by: 8) {
            entries.append(Entry(source: SSRC(body.uint32(at: offset)), sequenceNumber: body[offset + 4]))
        }
    }

    /// An empty list appends nothing, since the message needs an entry.
    func append(to bytes: inout [UInt8]) {
        guard !entries.isEmpty else { return }
        let start = RTCP.begin(RTCPPacketType.payloadFeedback, count: RTCPFeedbackFormat.fullIntra, &bytes)
        bytes.append(uint32: sender.rawValue)
        bytes.append(uint32: 0)
        // 32,766 entries are what the 16-bit length can say.
        for entry in entries.prefix(32_766) {
            bytes.append(uint32: entry.source.rawValue)
            bytes.append(entry.sequenceNumber)
            bytes.append(uint24: 0)
        }
        RTCP.end(start, &bytes)
    }
}
