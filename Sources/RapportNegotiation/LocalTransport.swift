public import RapportBase

/// What a description says of this side's transport. There is one, as everything is bundled. RFC 9143.
public struct LocalTransport: Sendable, Equatable {
    public var ice: ICEParameters
    public var fingerprints: [Fingerprint]
    /// Those known so far; the rest trickles. RFC 8838.
    public var candidates: [ICECandidate]
    public var hasEndOfCandidates: Bool

    public init(
        ice: ICEParameters, fingerprints: [Fingerprint], candidates: [ICECandidate] = [],
        hasEndOfCandidates: Bool = false
    ) {
        self.ice = ice
        self.fingerprints = fingerprints
        self.candidates = candidates
        self.hasEndOfCandidates = hasEndOfCandidates
    }
}
