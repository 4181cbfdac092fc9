/// Reads and writes RTCP datagrams.
public enum RTCP {
    /// Statuses that the transport feedback of one datagram may report: as many as there are sequence numbers. It
    /// bounds what a few run-length chunks can make a receiver allocate.
    public static let maximumStatuses = 65_536

    /// Parses all packets of a datagram, in order. A datagram may begin with any packet (RFC 5506 section 3.4.2).
    ///
    /// Packets of a kind that is not read become `.unknown`; the caller counts them.
    /// - Throws: when the framing is broken or a known packet contradicts itself; nothing is returned then, as
    ///   RFC 3550 appendix A.2 asks.
    public static func parse(_ compound: Span<UInt8>) throws(RTCPError) -> [RTCPPacket] {
        var packets: [RTCPPacket] = []
        var statuses = maximumStatuses
        var offset = 0
        repeat {
            let frame = try RTCPFrame(parsing: compound, at: offset)
            let body = compound.extracting(frame.body)
            packets.append(try packet(frame, body, &statuses))
            offset = frame.end
        } while offset < compound.count
        return packets
    }

    private static func packet(
        _ frame: RTCPFrame, _ body: Span<UInt8>, _ statuses: inout Int
    ) throws(RTCPError) -> RTCPPacket {
        switch frame.packetType {
        case RTCPPacketType.senderReport: .senderReport(try SenderReport(body, count: frame.count))
        case RTCPPacketType.receiverReport: .receiverReport(try ReceiverReport(body, count: frame.count))
        case RTCPPacketType.sourceDescription: .sourceDescription(try SourceDescription(body, count: frame.count))
        case RTCPPacketType.bye: .bye(try Bye(body, count: frame.count))
        case RTCPPacketType.transportFeedback: try transportFeedback(frame, body, &statuses)
        case RTCPPacketType.payloadFeedback: try payloadFeedback(frame, body)
        default: .unknown(packetType: frame.packetType, count: frame.count)
        }
    }

    private static func transportFeedback(
        _ frame: RTCPFrame, _ body: Span<UInt8>, _ statuses: inout Int
    ) throws(RTCPError) -> RTCPPacket {
        switch frame.count {
        case RTCPFeedbackFormat.nack: .nack(try GenericNACK(body))
        case RTCPFeedbackFormat.transportWide: .transportFeedback(try TransportFeedback(body, budget: &statuses))
        case RTCPFeedbackFormat.congestionControl:
            .congestionControlFeedback(try CongestionControlFeedback(body, budget: &statuses))
        default: .unknown(packetType: frame.packetType, count: frame.count)
        }
    }

    private static func payloadFeedback(_ frame: RTCPFrame, _ body: Span<UInt8>) throws(RTCPError) -> RTCPPacket {
        switch frame.count {
        case RTCPFeedbackFormat.pictureLoss: return .pli(try PictureLossIndication(body))
        case RTCPFeedbackFormat.fullIntra: return .fir(try FullIntraRequest(body))
        case RTCPFeedbackFormat.applicationLayer:
            guard let remb = try ReceiverEstimatedMaximumBitrate(body) else { break }
            return .remb(remb)
        default: break
        }
        return .unknown(packetType: frame.packetType, count: frame.count)
    }
}
