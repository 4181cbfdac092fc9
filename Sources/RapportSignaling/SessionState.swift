/// Where a session stands.
public enum SessionState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Its time has not come.
    case scheduled
    /// People may come; nobody is ready.
    case open
    /// Somebody is ready, fewer than two are in.
    case waiting
    case inSession = "in-session"
    /// Nobody pressed End, but fewer than two are in reach.
    case interrupted
    case ended
}

/// Why a session ended.
public enum EndReason: String, Codable, Hashable, Sendable, CaseIterable {
    /// A clinician pressed End.
    case finished
    case everybodyLeft = "everybody-left"
    /// A drop lasted longer than the grace.
    case interrupted
    case timeLimit = "time-limit"
    /// The window closed and nobody was there.
    case expired
    case cancelled
}

/// Where one presence stands.
public enum PresenceState: String, Codable, Hashable, Sendable, CaseIterable {
    /// On the device page.
    case opened
    /// Pressed ready; passes at once into `waiting` or `admitted`.
    case ready
    case waiting
    /// May speak with the others; media do not flow yet.
    case admitted
    /// Reports that media flow.
    case connected
    case declined
    case left

    /// True when the presence may know who else is in the session.
    public var isAdmitted: Bool {
        switch self {
        case .admitted, .connected: true
        case .opened, .ready, .waiting, .declined, .left: false
        }
    }
}
