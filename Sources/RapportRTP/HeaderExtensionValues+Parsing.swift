import RapportBase

extension HeaderExtensionValues {
    // RFC 8285 section 4.2.
    static let oneByteProfile: UInt16 = 0xBEDE
    // RFC 8285 section 4.3: twelve fixed bits, then four that the receiver does not look at.
    static let twoByteProfile: UInt16 = 0x1000

    /// Reads the negotiated extensions of a packet.
    ///
    /// Never throws: elements that nobody negotiated or whose length is wrong are passed over, and an element that
    /// runs over the end ends the reading. RFC 8285 sections 4.2 and 4.3.
    /// - Parameter header: parsed from the same packet.
    public init(parsing packet: Span<UInt8>, header: RTPHeader, map: HeaderExtensionMap) {
        self.init()
        guard let profile = header.extensionProfile, header.extensionRange.upperBound <= packet.count else { return }
        if profile == Self.oneByteProfile {
            parseOneByteElements(packet, header.extensionRange, map)
        } else if profile & 0xFFF0 == Self.twoByteProfile {
            parseTwoByteElements(packet, header.extensionRange, map)
        }
    }

    private mutating func parseOneByteElements(_ packet: Span<UInt8>, _ range: Range<Int>, _ map: HeaderExtensionMap) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let head = packet[offset]
            offset += 1
            if head == 0 { continue }
            // RFC 8285 section 4.2: id 15, and id 0 with a length, end the processing of the whole extension.
            let id = head >> 4
            guard id != 0, id != 15 else { return }
            let end = offset + Int(head & 0x0F) + 1
            guard end <= range.upperBound else { return }
            take(id, packet, offset..<end, map)
            offset = end
        }
    }

    private mutating func parseTwoByteElements(_ packet: Span<UInt8>, _ range: Range<Int>, _ map: HeaderExtensionMap) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let id = packet[offset]
            offset += 1
            if id == 0 { continue }
            guard offset < range.upperBound else { return }
            let start = offset + 1
            let end = start + Int(packet[offset])
            guard end <= range.upperBound else { return }
            take(id, packet, start..<end, map)
            offset = end
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
