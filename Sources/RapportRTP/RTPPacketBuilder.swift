public import RapportBase

/// Appends RTP packets to an arena; nothing is allocated while the arena has room.
public enum RTPPacketBuilder {
    /// Appends the header and the extensions of a packet; the payload follows by the caller's own `append`.
    ///
    /// An extension is written when it has a value and an id. The one-byte form is taken unless an id is above 14 or
    /// an identifier above 16 bytes (RFC 8285 section 4.1.2 forbids both forms in one packet).
    /// - Parameters:
    ///   - extensions: the values; its ranges are not looked at.
    ///   - mid: 1...255 bytes, as are `rid` and `repairedRID`; others are left out.
    public static func append(
        marker: Bool, payloadType: PayloadType, sequenceNumber: SequenceNumber, timestamp: RTPTimestamp, ssrc: SSRC,
        extensions: HeaderExtensionValues = HeaderExtensionValues(), mid: [UInt8]? = nil, rid: [UInt8]? = nil,
        repairedRID: [UInt8]? = nil, map: HeaderExtensionMap = HeaderExtensionMap(), to bytes: inout [UInt8]
    ) -> RTPHeaderLayout {
        let start = bytes.count
        bytes.append(0x80)
        bytes.append((marker ? 0x80 : 0) | payloadType.rawValue)
        bytes.append(uint16: sequenceNumber.rawValue)
        bytes.append(uint32: timestamp.rawValue)
        bytes.append(uint32: ssrc.rawValue)
        var layout = RTPHeaderLayout(
            start: start, transportSequenceOffset: nil, absoluteSendTimeOffset: nil, payloadStart: bytes.count)
        if map.isEmpty { return layout }
        var block = HeaderExtensionBlock(map: map, bytes.count)
        block.measure(extensions, mid, rid, repairedRID)
        block.open(&bytes)
        block.append(extensions, mid, rid, repairedRID, to: &bytes)
        if block.close(&bytes) { bytes[start] |= 0x10 }
        layout.transportSequenceOffset = block.transportSequenceOffset
        layout.absoluteSendTimeOffset = block.absoluteSendTimeOffset
        layout.payloadStart = bytes.count
        return layout
    }

    /// Ends a packet with padding, for a probe or a payload of fixed size. RFC 3550 section 5.1.
    /// - Parameter count: bytes of padding, 1...255; zero leaves the packet as it is.
    public static func appendPadding(_ count: UInt8, layout: RTPHeaderLayout, to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        for _ in 1..<Int(count) { bytes.append(0) }
        bytes.append(count)
        bytes[layout.start] |= 0x20
    }
}
