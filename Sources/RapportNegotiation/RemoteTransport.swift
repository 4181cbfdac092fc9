public import RapportBase

/// The other side's transport, from the tagged media description of the bundle. RFC 9143 section 7.
public struct RemoteTransport: Sendable, Equatable {
    /// The tag of the media description that speaks for the bundle.
    public var mid: MID
    /// Its place among the media descriptions.
    public var section: Int
    public var ice: ICEParameters
    /// Those of component 1.
    public var candidates: [ICECandidate]
    public var hasEndOfCandidates: Bool
    /// More candidates may follow. RFC 8840 section 4.1.3.
    public var trickles: Bool
    /// The other side only answers checks: this side controls. RFC 8445 section 6.1.1.
    public var isICELite: Bool
    public var fingerprints: [Fingerprint]

    public init(
        mid: MID, section: Int, ice: ICEParameters, candidates: [ICECandidate] = [], hasEndOfCandidates: Bool = false,
        trickles: Bool = true, isICELite: Bool = false, fingerprints: [Fingerprint]
    ) {
        self.mid = mid
        self.section = section
        self.ice = ice
        self.candidates = candidates
        self.hasEndOfCandidates = hasEndOfCandidates
        self.trickles = trickles
        self.isICELite = isICELite
        self.fingerprints = fingerprints
    }
}
