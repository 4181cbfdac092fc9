import RapportBase

/// When sound and messages arrived, in a call of two whole sessions with a `DataLoad`.
struct DataTrace: Sendable {
    /// From the session that made it to the other one.
    private(set) var sound = DelayLog()
    private(set) var chat = DelayLog()
    /// Bulk messages, with all headers.
    private(set) var bulk = ByteLog()
    private(set) var soundSent = 0
    private(set) var chatSent = 0
    private(set) var chatRefused = 0
    private var soundUnderWay: [UInt16: Timestamp] = [:]

    private static let chatBytes = 200
    /// DTLS, UDP and IPv4.
    private static let overhead = 65

    /// Clear in a protected packet, too: the sequence number, if the packet is one of that source. RFC 3550 section 5.1.
    private static func number(_ datagram: [UInt8], of source: UInt32) -> UInt16? {
        guard datagram.count >= 12, 128...191 ~= datagram[0], !(192...223 ~= datagram[1]),
            datagram.span.uint32(at: 8) == source
        else { return nil }
        return datagram.span.uint16(at: 2)
    }

    mutating func left(_ datagram: [UInt8], sound source: UInt32, at now: Timestamp) {
        guard let number = Self.number(datagram, of: source) else { return }
        soundSent += 1
        soundUnderWay[number] = now
    }

    mutating func arrived(_ datagram: [UInt8], sound source: UInt32, at now: Timestamp) {
        guard let number = Self.number(datagram, of: source), let sent = soundUnderWay.removeValue(forKey: number)
        else { return }
        sound.append((now - sent).nanoseconds, at: now)
    }

    /// A message of chat that says when it was made.
    mutating func makeChat(at now: Timestamp) -> [UInt8] {
        chatSent += 1
        var message = [UInt8](repeating: 1, count: Self.chatBytes)
        for index in 0..<8 { message[1 + index] = UInt8(truncatingIfNeeded: now.nanoseconds >> (8 * Int64(7 - index))) }
        return message
    }

    static func makeBulk(_ bytes: Int) -> [UInt8] { [UInt8](repeating: 2, count: max(bytes, 1)) }

    mutating func refusedChat() { chatRefused += 1 }

    mutating func received(_ message: [UInt8], at now: Timestamp) {
        if message.first == 1, message.count == Self.chatBytes {
            chat.append(now.nanoseconds - Int64(bitPattern: message.span.uint64(at: 1)), at: now)
        } else {
            bulk.add(message.count + Self.overhead, at: now)
        }
    }

    var soundArrived: Int { sound.delays.count }
    var chatArrived: Int { chat.delays.count }
}
