/// Goes through the elements of a header extension, in the one-byte and the two-byte form. RFC 8285 sections 4.2, 4.3.
///
/// An element that runs over the end ends the walk, whatever lies behind it.
struct HeaderExtensionCursor {
    // RFC 8285 section 4.2.
    static let oneByteProfile: UInt16 = 0xBEDE
    // RFC 8285 section 4.3: twelve fixed bits, then four that the receiver does not look at.
    static let twoByteProfile: UInt16 = 0x1000

    private var offset: Int
    private let end: Int
    private let isOneByte: Bool

    /// Of a packet with this header; over nothing when it has no extension of either form.
    init(_ header: RTPHeader, packetBytes: Int) {
        let profile = header.extensionProfile ?? 0
        isOneByte = profile == Self.oneByteProfile
        let isKnown = isOneByte || profile & 0xFFF0 == Self.twoByteProfile
        let isWithin = header.extensionRange.upperBound <= packetBytes
        offset = header.extensionRange.lowerBound
        end = isKnown && isWithin ? header.extensionRange.upperBound : offset
    }

    /// The next element's id and where its bytes are.
    mutating func next(in packet: Span<UInt8>) -> (id: UInt8, range: Range<Int>)? {
        while offset < end {
            let head = packet[offset]
            offset += 1
            if head == 0 { continue }
            return isOneByte ? oneByteElement(head) : twoByteElement(head, packet)
        }
        return nil
    }

    private mutating func oneByteElement(_ head: UInt8) -> (id: UInt8, range: Range<Int>)? {
        // RFC 8285 section 4.2: id 15, and id 0 with a length, end the processing of the whole extension.
        let id = head >> 4
        guard id != 0, id != 15 else { return finish() }
        return take(id, from: offset, bytes: Int(head & 0x0F) + 1)
    }

    private mutating func twoByteElement(_ id: UInt8, _ packet: Span<UInt8>) -> (id: UInt8, range: Range<Int>)? {
        guard offset < end else { return finish() }
        return take(id, from: offset + 1, bytes: Int(packet[offset]))
    }

    private mutating func take(_ id: UInt8, from start: Int, bytes: Int) -> (id: UInt8, range: Range<Int>)? {
        guard start + bytes <= end else { return finish() }
        offset = start + bytes
        return (id, start..<offset)
    }

    private mutating func finish() -> (id: UInt8, range: Range<Int>)? {
        offset = end
        return nil
    }
}
