/// The part somebody takes in a session; the invitation decides it.
public enum Part: String, Codable, Hashable, Sendable, CaseIterable {
    case clinician
    case client
}
