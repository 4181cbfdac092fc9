import RapportBase

extension RTCP {
    /// Appends one packet; packets appended in turn make a compound datagram.
    ///
    /// Reports of more than 31 blocks, chunks or sources go on in further packets (RFC 3550 section 6.1). Lists that
    /// outgrow the 16-bit length are cut. `.unknown` has no body to write and appends nothing.
    public static func append(_ packet: RTCPPacket, to bytes: inout [UInt8]) {
        switch packet {
        case .senderReport(let report): report.append(to: &bytes)
        case .receiverReport(let report): report.append(to: &bytes)
        case .sourceDescription(let description): description.append(to: &bytes)
        case .bye(let bye): bye.append(to: &bytes)
        case .nack(let nack): nack.append(to: &bytes)
        case .transportFeedback(let feedback): feedback.append(to: &bytes)
        case .congestionControlFeedback(let feedback): feedback.append(to: &bytes)
        case .pli(let indication): indication.append(to: &bytes)
        case .fir(let request): request.append(to: &bytes)
        case .remb(let estimate): estimate.append(to: &bytes)
        case .unknown: break
        }
    }

    /// Writes the common head; the length is filled in by `end`. Returns where the packet begins.
    static func begin(_ packetType: UInt8, count: UInt8, _ bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        bytes.append(0x80 | count)
        bytes.append(packetType)
        bytes.append(uint16: 0)
        return start
    }

    /// Pads with zeros to four bytes and writes the length in words less one.
    static func end(_ start: Int, _ bytes: inout [UInt8]) {
        while (bytes.count - start) % 4 != 0 { bytes.append(0) }
        bytes.replace(uint16: UInt16((bytes.count - start) / 4 - 1), at: start + 2)
    }

    /// Reports, chunks or sources a packet may name in its five-bit count.
    static let maximumCount = 31
}
