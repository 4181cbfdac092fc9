import RapportBase

/// What the peer has told of itself, until libnice can take it.
struct RemoteCandidates {
    /// Candidates that came before the parameters or before gathering. Bounded by the configuration's limit.
    var waiting: [ICECandidate] = []
    var accepted = 0
    var unresolved = 0
    var hasEnded = false
    var isLibraryReady = false
}
