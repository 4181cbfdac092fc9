import RapportBase

extension HeaderExtensionValues {
    /// Reads the negotiated extensions of a packet.
    ///
    /// Never throws: elements that nobody negotiated or whose length is wrong are passed over, and an element that
    /// runs over the end ends the reading. RFC 8285 sections 4.2 and 4.3.
    /// - Parameter header: parsed from the same packet.
    public init(parsing packet: Span<UInt8>, header: RTPHeader, map: HeaderExtensionMap) {
        self.init()
        var cursor = HeaderExtensionCursor(header, packetBytes: packet.count)
        while let element = cursor.next(in: packet) { take(element.id, packet, element.range, map) }
    }

    /// Sets to zero what is written when a packet leaves: its transport-wide number and its sending time. What protects
    /// packets against loss is made before that.
    /// - Parameter header: parsed from the same packet.
    public static func clearStamps(in packet: inout [UInt8], header: RTPHeader, map: HeaderExtensionMap) {
        var cursor = HeaderExtensionCursor(header, packetBytes: packet.count)
        while let element = cursor.next(in: packet.span) {
            switch map.extension(id: element.id) {
            case .transportSequenceNumber, .absoluteSendTime: for index in element.range { packet[index] = 0 }
            case .mid, .rid, .repairedRID, .audioLevel, .absoluteCaptureTime, .playoutDelay, .videoOrientation, nil:
                break
            }
        }
    }

    private mutating func take(_ id: UInt8, _ packet: Span<UInt8>, _ range: Range<Int>, _ map: HeaderExtensionMap) {
        guard let name = map.extension(id: id) else { return }
        let start = range.lowerBound
        switch (name, range.count) {
        case (.mid, 1...): midRange = range
        case (.rid, 1...): ridRange = range
        case (.repairedRID, 1...): repairedRIDRange = range
        case (.transportSequenceNumber, 2): transportSequenceNumber = SequenceNumber(packet.uint16(at: start))
        case (.absoluteSendTime, 3): absoluteSendTime = packet.uint24(at: start)
        case (.audioLevel, 1): audioLevel = AudioLevel(wire: packet[start])
        case (.absoluteCaptureTime, 8): takeCaptureTime(packet, start, withOffset: false)
        case (.absoluteCaptureTime, 16): takeCaptureTime(packet, start, withOffset: true)
        case (.playoutDelay, 3): playoutDelay = PlayoutDelay(wire: packet.uint24(at: start))
        case (.videoOrientation, 1): videoOrientation = VideoOrientation(wire: packet[start])
        case (_, _): return
        }
    }

    private mutating func takeCaptureTime(_ packet: Span<UInt8>, _ start: Int, withOffset: Bool) {
        absoluteCaptureTime = NTPTime(rawValue: packet.uint64(at: start))
        captureClockOffset = withOffset ? Int64(bitPattern: packet.uint64(at: start + 8)) : nil
    }
}
