public import RapportBase
public import RapportICE
public import RapportMedia
public import RapportNegotiation

/// How a peer connection is set up. W3C webrtc-pc section 4.2.1 (RTCConfiguration), and what its browser decides itself.
public struct PeerConnectionConfiguration: Sendable {
    /// STUN and TURN servers.
    public var iceServers: [ICEServer] = []
    /// `.relay` sends and accepts only by way of a TURN server and shows the peer no address of this machine.
    public var iceTransportPolicy: ICETransportPolicy = .all
    /// Addresses to listen on; empty for every interface.
    public var bindAddresses: [String] = []
    /// Upper bound of everything that is sent.
    public var maximumBitrate: Bitrate = .kilobits(1500)
    /// Rate that everything begins with while the path is unknown; the first probes raise it within a few round trips.
    public var startBitrate: Bitrate = .kilobits(300)
    /// What `PeerConnection.pathMemory` said at the end of the last call with the same peer: the path's rate at once.
    public var pathMemory: PathMemory?
    /// Offers, and takes, copies of older packets of sound within newer ones (RFC 2198); made while the peer reports
    /// much loss (from 8 % on, until below 2) and the line has room.
    public var offersRedundantSound = true
    /// Offers, and takes, repair packets for pictures (FlexFEC, `flexfec-03`); made while the peer reports loss (from 2 %
    /// on) on a way of 100 ms or more there and back, and paid for by the pictures. Without it neither offers nor answers
    /// name them, and none are sent or received.
    public var offersFlexFEC = true
    /// How the two ends tell each other when packets arrived; nil offers both ways and prefers transport-wide numbers.
    public var arrivalReports: ArrivalReports?
    /// What is done to the sound of a live microphone; nil for files and generators, which are sent as they are.
    public var voiceProcessing: VoiceProcessing?

    public init() {}
}

/// W3C webrtc-pc section 4.2.3.
public enum ICETransportPolicy: String, Sendable { case all, relay }
