public import RapportBase

/// What an offer and its answer agree on, seen from this side: all that a session needs to know of them.
public struct NegotiatedSession: Sendable, Equatable {
    /// Who begins the DTLS handshake. RFC 8842 section 5.
    public enum DTLSRole: Hashable, Sendable {
        case client
        case server
    }

    public var remote: RemoteTransport
    public var dtlsRole: DTLSRole
    /// This side wrote the offer; it controls ICE from the first exchange on. RFC 8445 section 6.1.1.
    public var isOfferer: Bool
    /// Goes up when the section that spoke for the bundle was switched off while others go on: the other side may have
    /// made a new transport (Chromium does), with new candidates and a new DTLS association in the role said here.
    public var transportGeneration: Int
    /// The accepted media descriptions in their order.
    public var media: [NegotiatedMedia]
    /// Transceivers that ended with this exchange.
    public var stopped: [TransceiverID]

    /// The first agreement of a session by default.
    public init(
        remote: RemoteTransport, dtlsRole: DTLSRole, isOfferer: Bool, transportGeneration: Int = 0,
        media: [NegotiatedMedia], stopped: [TransceiverID] = []
    ) {
        self.remote = remote
        self.dtlsRole = dtlsRole
        self.isOfferer = isOfferer
        self.transportGeneration = transportGeneration
        self.media = media
        self.stopped = stopped
    }

    public var remoteICE: ICEParameters { remote.ice }
    public var remoteCandidates: [ICECandidate] { remote.candidates }
    public var remoteFingerprints: [Fingerprint] { remote.fingerprints }
    public var remoteIsICELite: Bool { remote.isICELite }
    public var bundleMID: MID { remote.mid }
}
