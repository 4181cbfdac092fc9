public import RapportBase

/// The decoder lost its reference and wants a key frame. RFC 4585 section 6.3.1.
public struct PictureLossIndication: Sendable, Equatable {
    public var sender: SSRC
    public var media: SSRC

    public init(sender: SSRC, media: SSRC) {
        self.sender = sender
        self.media = media
    }

    init(_ body: Span<UInt8>) throws(RTCPError) {
        try RTCPFrame.require(8, of: body)
        sender = SSRC(body.uint32(at: 0))
        media = SSRC(body.uint32(at: 4))
    }

    func append(to bytes: inout [UInt8]) {
        let start = RTCP.begin(RTCPPacketType.payloadFeedback, count: RTCPFeedbackFormat.pictureLoss, &bytes)
        bytes.append(uint32: sender.rawValue)
        bytes.append(uint32: media.rawValue)
        RTCP.end(start, &bytes)
    }
}
