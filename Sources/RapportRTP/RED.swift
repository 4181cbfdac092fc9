public import RapportBase

/// A payload that carries older payloads again, before its own. RFC 2198 section 3.
///
///      0                   1                    2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |1|   block PT  |  timestamp offset         |   block length    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |0|   block PT  |   the primary's: one octet, no offset, no length
///     +-+-+-+-+-+-+-+-+
public enum RED {
    /// One payload within the packet.
    public struct Block: Hashable, Sendable {
        public var payloadType: PayloadType
        /// Ticks by which it is older than the packet's timestamp; zero for the primary.
        public var timestampOffset: Int
        /// Where its bytes lie in the payload.
        public var range: Range<Int>

        public init(payloadType: PayloadType, timestampOffset: Int, range: Range<Int>) {
            self.payloadType = payloadType
            self.timestampOffset = timestampOffset
            self.range = range
        }
    }

    /// Octets before each older payload, and before the primary.
    public static let headerLength = 4
    public static let primaryHeaderLength = 1
    /// Largest offset and length that the header can say: 14 and 10 bits.
    public static let maximumOffset = (1 << 14) - 1
    public static let maximumLength = (1 << 10) - 1
    /// Blocks taken apart at most; real senders repeat one to three packets.
    public static let maximumBlocks = 16

    /// The blocks of a payload, oldest first as they lie there, the primary last.
    /// - Parameter blocks: emptied, then filled; its storage is used again.
    /// - Throws: `truncated`, `tooManyBlocks`; `blocks` is then empty.
    public static func parse(_ payload: Span<UInt8>, into blocks: inout [Block]) throws(RTPError) {
        blocks.removeAll(keepingCapacity: true)
        do throws(RTPError) {
            let start = try parseHeaders(payload, into: &blocks)
            try place(&blocks, from: start, in: payload)
        } catch {
            blocks.removeAll(keepingCapacity: true)
            throw error
        }
    }

    /// Reads the headers; the ranges are lengths yet. Returns where the data begins.
    private static func parseHeaders(_ payload: Span<UInt8>, into blocks: inout [Block]) throws(RTPError) -> Int {
        var offset = 0
        while offset < payload.count {
            let first = payload[offset]
            let payloadType = PayloadType(masking: first)
            guard first & 0x80 != 0 else {
                blocks.append(Block(payloadType: payloadType, timestampOffset: 0, range: 0..<0))
                return offset + primaryHeaderLength
            }
            guard offset + headerLength <= payload.count else {
                throw .truncated(needed: offset + headerLength, actual: payload.count)
            }
            guard blocks.count < maximumBlocks - 1 else { throw .tooManyBlocks(maximumBlocks) }
            let (second, third, fourth) = (Int(payload[offset + 1]), Int(payload[offset + 2]), Int(payload[offset + 3]))
            let ticks = second << 6 | third >> 2
            let length = (third & 3) << 8 | fourth
            blocks.append(Block(payloadType: payloadType, timestampOffset: ticks, range: 0..<length))
            offset += headerLength
        }
        throw .truncated(needed: offset + primaryHeaderLength, actual: payload.count)
    }

    private static func place(_ blocks: inout [Block], from start: Int, in payload: Span<UInt8>) throws(RTPError) {
        var offset = start
        for index in blocks.indices.dropLast() {
            let end = offset + blocks[index].range.count
            guard end <= payload.count else { throw .truncated(needed: end, actual: payload.count) }
            blocks[index].range = offset..<end
            offset = end
        }
        blocks[blocks.count - 1].range = offset..<payload.count
    }

    /// Appends the headers of older payloads, oldest first, and of the primary; the payloads follow in the same order.
    /// - Precondition: at most `maximumBlocks` in all, offsets and lengths that the header can say.
    public static func appendHeaders(
        older: [(payloadType: PayloadType, timestampOffset: Int, length: Int)], primary: PayloadType,
        to bytes: inout [UInt8]
    ) {
        precondition(older.count < maximumBlocks, "too many blocks")
        for block in older {
            precondition(
                (0...maximumOffset).contains(block.timestampOffset) && (0...maximumLength).contains(block.length),
                "the header cannot say this")
            bytes.append(0x80 | block.payloadType.rawValue)
            bytes.append(UInt8(block.timestampOffset >> 6))
            bytes.append(UInt8(block.timestampOffset & 0x3F) << 2 | UInt8(block.length >> 8))
            bytes.append(UInt8(block.length & 0xFF))
        }
        bytes.append(primary.rawValue)
    }
}
