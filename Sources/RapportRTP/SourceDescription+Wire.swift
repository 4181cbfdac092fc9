import RapportBase

extension SourceDescription {
    init(_ body: Span<UInt8>, count: UInt8) throws(RTCPError) {
        var chunks: [Chunk] = []
        var offset = 0
        for _ in 0..<Int(count) {
            try RTCPFrame.require(offset + 4, of: body)
            let source = SSRC(body.uint32(at: offset))
            offset += 4
            chunks.append(Chunk(source: source, items: try Self.items(body, &offset)))
        }
        self.init(chunks: chunks)
    }

    // RFC 3550 section 6.5: items end with a zero byte; zeros follow to the next multiple of four.
    private static func items(_ body: Span<UInt8>, _ offset: inout Int) throws(RTCPError) -> [Item] {
        var items: [Item] = []
        while true {
            try RTCPFrame.require(offset + 1, of: body)
            let type = body[offset]
            if type == 0 { break }
            try RTCPFrame.require(offset + 2, of: body)
            let end = offset + 2 + Int(body[offset + 1])
            try RTCPFrame.require(end, of: body)
            items.append(Item(type: type, value: body.copy((offset + 2)..<end)))
            offset = end
        }
        offset = (offset / 4 + 1) * 4
        try RTCPFrame.require(offset, of: body)
        return items
    }

    func append(to bytes: inout [UInt8]) {
        var rest = chunks[...]
        repeat {
            let own = rest.prefix(RTCP.maximumCount)
            let start = RTCP.begin(RTCPPacketType.sourceDescription, count: UInt8(own.count), &bytes)
            for chunk in own { chunk.append(to: &bytes, packet: start) }
            RTCP.end(start, &bytes)
            rest = rest.dropFirst(RTCP.maximumCount)
        } while !rest.isEmpty
    }
}

extension SourceDescription.Chunk {
    // What the 16-bit length can say, less one item, its padding and thirty more chunks without items.
    private static let fullPacket = 4 * 65_536 - 512

    /// - Parameter packet: where the packet begins; padding counts from there.
    fileprivate func append(to bytes: inout [UInt8], packet: Int) {
        bytes.append(uint32: source.rawValue)
        for item in items where item.type != 0 && bytes.count - packet < Self.fullPacket {
            bytes.append(item.type)
            let value = item.value.prefix(255)
            bytes.append(UInt8(value.count))
            bytes.append(contentsOf: value)
        }
        repeat { bytes.append(0) } while (bytes.count - packet) % 4 != 0
    }
}
