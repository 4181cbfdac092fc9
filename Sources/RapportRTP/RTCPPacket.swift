/// One packet of an RTCP datagram. RFC 3550 section 6; RFC 4585 section 6; RFC 5104 section 4.3.
public enum RTCPPacket: Sendable, Equatable {
    case senderReport(SenderReport)
    case receiverReport(ReceiverReport)
    case sourceDescription(SourceDescription)
    case bye(Bye)
    case nack(GenericNACK)
    case transportFeedback(TransportFeedback)
    case congestionControlFeedback(CongestionControlFeedback)
    case pli(PictureLossIndication)
    case fir(FullIntraRequest)
    case remb(ReceiverEstimatedMaximumBitrate)
    /// A well-framed packet of a kind that is not read (APP, XR and others). It is never written.
    case unknown(packetType: UInt8, count: UInt8)
}
