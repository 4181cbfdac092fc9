import RapportBase

/// The part of DNS messages (RFC 1035 section 4) that asking for one host's addresses takes (RFC 6762 section 5.1).
enum MulticastDNSMessage {
    /// Longest name in its wire form. RFC 1035 section 2.3.4.
    static let maximumNameBytes = 255
    static let typeA: UInt16 = 1
    static let typeAAAA: UInt16 = 28
    private static let classIN: UInt16 = 1
    /// The top bit of a class: cache-flush in an answer, unicast wanted in a question. RFC 6762 sections 5.4, 10.2.
    private static let topBit: UInt16 = 0x8000
    private static let headerBytes = 12
    /// Records looked at in one message; a host's answer has a handful.
    private static let maximumRecords = 64

    /// Asks for the IPv4 and IPv6 addresses of `name`; nil when the name is no DNS name.
    ///
    /// Both questions say that a unicast answer is welcome, and the identifier comes back in one (section 6.7).
    static func query(for name: String, identifier: UInt16) -> [UInt8]? {
        guard let wireName = encode(name) else { return nil }
        var bytes: [UInt8] = []
        bytes.append(uint16: identifier)
        for field: UInt16 in [0, 2, 0, 0, 0] { bytes.append(uint16: field) }
        for type in [typeA, typeAAAA] {
            bytes.append(contentsOf: wireName)
            bytes.append(uint16: type)
            bytes.append(uint16: classIN | topBit)
        }
        return bytes
    }

    /// A name as length-prefixed labels. RFC 1035 section 3.1.
    static func encode(_ name: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for label in name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false) {
            guard (1...63).contains(label.count) else { return nil }
            bytes.append(UInt8(label.count))
            bytes.append(contentsOf: label)
        }
        bytes.append(0)
        return bytes.count <= maximumNameBytes ? bytes : nil
    }

    /// The addresses that a response gives for `name`, or nil when the bytes are no well-formed response. Names
    /// compare without case (RFC 6762 section 16); other hosts' records are passed over.
    static func addresses(in message: Span<UInt8>, for name: String) -> [[UInt8]]? {
        guard message.count >= headerBytes, let wanted = encode(name.lowercased()) else { return nil }
        // QR set, opcode and response code zero. RFC 6762 section 18.
        guard message.uint16(at: 2) & 0xF80F == 0x8400 || message.uint16(at: 2) & 0xF80F == 0x8000 else { return nil }
        var offset = headerBytes
        for _ in 0..<message.uint16(at: 4) {
            guard let end = skipName(message, at: offset), end + 4 <= message.count else { return nil }
            offset = end + 4
        }
        let records = Int(message.uint16(at: 6)) + Int(message.uint16(at: 8)) + Int(message.uint16(at: 10))
        var found: [[UInt8]] = []
        for _ in 0..<min(records, maximumRecords) {
            guard let record = Record(parsing: message, at: offset) else { return nil }
            offset = record.end
            if record.isAddress, sameName(message, at: record.name, wanted) { found.append(message.copy(record.data)) }
        }
        return found
    }

    private struct Record {
        let name: Int
        let type: UInt16
        let rawClass: UInt16
        let timeToLive: UInt32
        let data: Range<Int>
        var end: Int { data.upperBound }

        init?(parsing message: Span<UInt8>, at offset: Int) {
            guard let fields = skipName(message, at: offset), fields + 10 <= message.count else { return nil }
            name = offset
            type = message.uint16(at: fields)
            rawClass = message.uint16(at: fields + 2)
            timeToLive = message.uint32(at: fields + 4)
            let length = Int(message.uint16(at: fields + 8))
            guard fields + 10 + length <= message.count else { return nil }
            data = fields + 10..<fields + 10 + length
        }

        /// A live address record of the right size; a time to live of zero is a goodbye (RFC 6762 section 10.1).
        var isAddress: Bool {
            rawClass & ~topBit == classIN && timeToLive > 0
                && ((type == typeA && data.count == 4) || (type == typeAAAA && data.count == 16))
        }
    }

    /// The offset behind the name at `offset`, not following pointers. RFC 1035 section 4.1.4.
    private static func skipName(_ message: Span<UInt8>, at start: Int) -> Int? {
        var offset = start
        while offset < message.count {
            let length = Int(message[offset])
            switch length >> 6 {
            case 0:
                if length == 0 { return offset + 1 }
                offset += 1 + length
            case 3: return offset + 2 <= message.count ? offset + 2 : nil
            default: return nil  // 01 and 10 are reserved
            }
        }
        return nil
    }

    /// Compares the name at `offset` with `wanted`, lower-cased labels. A pointer must lead to before the label it
    /// stands in, so every step gets shorter and a loop cannot be.
    private static func sameName(_ message: Span<UInt8>, at start: Int, _ wanted: [UInt8]) -> Bool {
        var offset = start
        var limit = start
        var compared = 0
        while offset < message.count {
            let length = Int(message[offset])
            if length >> 6 == 3 {
                guard offset + 1 < message.count else { return false }
                let target = Int(message.uint16(at: offset) & 0x3FFF)
                guard target < limit else { return false }
                offset = target
                limit = target
                continue
            }
            guard length >> 6 == 0, offset + length < message.count, compared + length < wanted.count else {
                return false
            }
            for index in 0...length
            where lowercased(message[offset + index], isLength: index == 0) != wanted[compared + index] {
                return false
            }
            if length == 0 { return compared == wanted.count - 1 }
            offset += 1 + length
            compared += 1 + length
        }
        return false
    }

    private static func lowercased(_ byte: UInt8, isLength: Bool) -> UInt8 {
        !isLength && (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
    }
}
