public import RapportBase
public import RapportSDP

/// The W3C's word for the direction of a transceiver.
public typealias TransceiverDirection = MediaDirection

/// Names a transceiver for as long as the state lives.
public struct TransceiverID: Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// A sender and a receiver that share a media description. W3C webrtc-pc section 5.4; RFC 9429 section 3.4.1.
public struct Transceiver: Sendable, Equatable, Identifiable {
    public let id: TransceiverID
    public let kind: MediaKind
    /// Nil until a description with it was set.
    public internal(set) var mid: MID?
    /// What is wanted; may differ from what is agreed until the next exchange.
    public internal(set) var direction: TransceiverDirection
    /// What is agreed; nil before the first answer.
    public internal(set) var currentDirection: TransceiverDirection?
    /// `stop()` was called; the next offer says so to the other side.
    public internal(set) var isStopping = false
    /// A track was given to send.
    public internal(set) var hasTrack: Bool

    /// Sound only: may be sent in two channels, and is played in two if it comes so. RFC 7587 section 6.1.
    public internal(set) var sendsStereo = false
    public internal(set) var playsStereo = false

    public let sendSSRC: SSRC
    /// Video only. RFC 4588.
    public let sendRetransmissionSSRC: SSRC?
    /// Video only: the stream of packets that repair lost ones.
    public let sendRepairSSRC: SSRC?
    public internal(set) var streamIDs: [String]
    public internal(set) var trackID: String

    /// Made by `addTrack`: a remote offer may take it up. RFC 9429 section 5.10.
    let isFromTrack: Bool
    /// Has been agreed to send once: `addTrack` may not reuse it. W3C webrtc-pc section 5.1.
    var hasSent = false

    /// `a=msid` lines. RFC 9429 section 5.2.1: `-` when the track is in no stream.
    var identifications: [MediaStreamIdentification] {
        (streamIDs.isEmpty ? ["-"] : streamIDs).map { MediaStreamIdentification(streamID: $0, trackID: trackID) }
    }
}
