import RapportBase

extension TransportFeedback {
    /// - Parameter budget: statuses that the datagram may still report; reduced by those of this message.
    init(_ body: Span<UInt8>, budget: inout Int) throws(RTCPError) {
        try RTCPFrame.require(16, of: body)
        let count = Int(body.uint16(at: 10))
        guard count <= budget else { throw .tooManyStatuses(count) }
        budget -= count
        var reader = Reader(count: count)
        try reader.readChunks(body)
        self.init(
            sender: SSRC(body.uint32(at: 0)), media: SSRC(body.uint32(at: 4)),
            baseSequence: SequenceNumber(body.uint16(at: 8)),
            referenceTime: Int32(bitPattern: body.uint24(at: 12) << 8) >> 8, feedbackCount: body[15],
            arrivals: try reader.readDeltas(body))
    }

    private struct Reader {
        private let count: Int
        private var statuses: [PacketStatus] = []
        private var offset = 16

        init(count: Int) {
            self.count = count
            statuses.reserveCapacity(count)
        }

        mutating func readChunks(_ body: Span<UInt8>) throws(RTCPError) {
            while statuses.count < count {
                try RTCPFrame.require(offset + 2, of: body)
                let chunk = body.uint16(at: offset)
                offset += 2
                if chunk & 0x8000 == 0 {
                    try appendRun(chunk)
                } else if chunk & 0x4000 == 0 {
                    try appendVector(chunk, symbols: 14, bits: 1)
                } else {
                    try appendVector(chunk, symbols: 7, bits: 2)
                }
            }
        }

        // Section 3.1.3: |0| S S | run length (13) |
        private mutating func appendRun(_ chunk: UInt16) throws(RTCPError) {
            let status = try Self.status(chunk >> 13 & 3)
            // The draft does not forbid a run of nothing: it is passed over.
            let length = min(Int(chunk & 0x1FFF), count - statuses.count)
            statuses.append(contentsOf: repeatElement(status, count: length))
        }

        // Section 3.1.4: |1|S| symbols | with 14 symbols of one bit or 7 of two; symbols past the count mean nothing.
        private mutating func appendVector(_ chunk: UInt16, symbols: Int, bits: Int) throws(RTCPError) {
            for place in 0..<min(symbols, count - statuses.count) {
                let symbol = chunk >> UInt16(14 - bits * (place + 1)) & (bits == 1 ? 1 : 3)
                statuses.append(try Self.status(symbol))
            }
        }

        private static var malformed: RTCPError {
            .malformed(packetType: RTCPPacketType.transportFeedback, count: RTCPFeedbackFormat.transportWide)
        }

        private static func status(_ symbol: UInt16) throws(RTCPError) -> PacketStatus {
            guard let status = PacketStatus(rawValue: symbol) else { throw malformed }
            return status
        }

        // Section 3.1.5: the first delta counts from the reference time, each other from the packet before it.
        mutating func readDeltas(_ body: Span<UInt8>) throws(RTCPError) -> [Duration?] {
            var arrivals: [Duration?] = []
            arrivals.reserveCapacity(count)
            var ticks: Int64 = 0
            for status in statuses {
                switch status {
                case .notReceived:
                    arrivals.append(nil)
                    continue
                case .smallDelta:
                    try RTCPFrame.require(offset + 1, of: body)
                    ticks += Int64(body[offset])
                    offset += 1
                case .largeDelta:
                    try RTCPFrame.require(offset + 2, of: body)
                    ticks += Int64(Int16(bitPattern: body.uint16(at: offset)))
                    offset += 2
                }
                arrivals.append(.microseconds(ticks * 250))
            }
            return arrivals
        }
    }
}
