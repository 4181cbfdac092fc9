import RapportBase
import RapportRTP
import Testing

@Suite struct RTCPCompoundTests {
    @Test("packets come out in the order of the datagram, unknown ones in their place")
    func compound() throws {
        var bytes = RTCPReportTests.serialized(.receiverReport(ReceiverReport(ssrc: SSRC(1))))
        bytes += [0x85, 204, 0, 2, 0, 0, 0, 1, 0x41, 0x42, 0x43, 0x44]  // APP
        bytes += [0x80, 207, 0, 1, 0, 0, 0, 1]  // XR, RFC 3611
        bytes += [0x89, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]  // RAMS, RFC 6285
        bytes += [0x8F, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x58, 0x58, 0x58, 0x58]  // application layer, not REMB
        bytes += [0x82, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]  // SLI, RFC 4585 section 6.3.2
        RTCP.append(.pli(PictureLossIndication(sender: SSRC(1), media: SSRC(2))), to: &bytes)
        #expect(
            try RTCP.parse(bytes) == [
                .receiverReport(ReceiverReport(ssrc: SSRC(1))),
                .unknown(packetType: 204, count: 5), .unknown(packetType: 207, count: 0),
                .unknown(packetType: 205, count: 9), .unknown(packetType: 206, count: 15),
                .unknown(packetType: 206, count: 2),
                .pli(PictureLossIndication(sender: SSRC(1), media: SSRC(2))),
            ])
    }

    // RFC 5506 section 3.4.2: a reduced-size packet need not begin with a report.
    @Test("a datagram may begin with feedback")
    func reducedSize() throws {
        let nack = RTCPPacket.nack(GenericNACK(sender: SSRC(1), media: SSRC(2), lost: [SequenceNumber(3)]))
        #expect(try RTCP.parse(RTCPReportTests.serialized(nack)) == [nack])
    }

    @Test("padding of the last packet is taken off")
    func padding() throws {
        let bytes: [UInt8] = [0xA1, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 8]
        #expect(
            try RTCP.parse(bytes) == [.pli(PictureLossIndication(sender: SSRC(1), media: SSRC(2)))])
    }

    @Test("padding that cannot be is refused", arguments: [UInt8(0), 17, 255])
    func badPadding(count: UInt8) {
        let bytes: [UInt8] = [0xA1, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, count]
        #expect(throws: RTCPError.invalidPadding(count)) { try RTCP.parse(bytes) }
    }

    @Test("broken framing is refused whole, as RFC 3550 appendix A.2 asks")
    func brokenFraming() {
        let good = RTCPReportTests.serialized(.receiverReport(ReceiverReport(ssrc: SSRC(1))))
        #expect(throws: RTCPError.truncated(needed: 4, actual: 0)) { try RTCP.parse([UInt8]()) }
        #expect(throws: RTCPError.unsupportedVersion(1)) { try RTCP.parse((good + [0x40, 201, 0, 0])) }
        #expect(throws: RTCPError.truncated(needed: 16, actual: 15)) { try RTCP.parse((good + good.dropLast())) }
        #expect(throws: RTCPError.truncated(needed: 12, actual: 9)) { try RTCP.parse((good + [0x80])) }
    }

    @Test("a count that says more than the packet holds is refused", arguments: [UInt8(200), 201, 202, 203])
    func overstatedCount(packetType: UInt8) {
        var bytes: [UInt8] = [0x9F, packetType, 0, 6]
        bytes += Array(repeating: 0, count: 24)
        #expect(throws: RTCPError.self) { try RTCP.parse(bytes) }
    }

    @Test("an unknown packet is not written")
    func unknownIsNotWritten() {
        #expect(RTCPReportTests.serialized(.unknown(packetType: 204, count: 1)).isEmpty)
    }
}
