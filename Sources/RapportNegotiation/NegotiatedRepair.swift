public import RapportBase

/// Packets that repair lost ones of a section (FlexFEC): their numbers and streams both ways.
public struct NegotiatedRepair: Sendable, Equatable {
    /// How to send them; the number is the peer's.
    public var sendPayloadType: PayloadType
    /// What may come in; the number is ours.
    public var receivePayloadType: PayloadType
    public var sendSSRC: SSRC
    /// Said ahead by `a=ssrc-group:FEC-FR`; nil when the first packet has to tell.
    public var remoteSSRC: SSRC?

    public init(
        sendPayloadType: PayloadType, receivePayloadType: PayloadType, sendSSRC: SSRC, remoteSSRC: SSRC? = nil
    ) {
        self.sendPayloadType = sendPayloadType
        self.receivePayloadType = receivePayloadType
        self.sendSSRC = sendSSRC
        self.remoteSSRC = remoteSSRC
    }
}
