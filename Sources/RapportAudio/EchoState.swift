/// How far the canceller has come, in words an interface can show.
public enum EchoState: Sendable, Hashable, CustomStringConvertible {
    /// The far end has not been heard yet: nothing to learn from.
    case idle
    /// The far end plays and its echo is being looked for.
    case searching
    /// The echo path is known and its echo subtracted.
    case converged
    /// The echo path changed and is being learned again.
    case relearning
    /// The far end plays, and no echo of it can be found in the microphone: headphones, or none yet.
    case noEcho
    /// An echo that cannot be modelled: only attenuation protects the other side.
    case hopeless

    public var description: String {
        switch self {
        case .idle: "waiting for the other side's sound"
        case .searching: "learning the room's echo"
        case .converged: "echo under control"
        case .relearning: "the echo changed, learning it again"
        case .noEcho: "no echo found"
        case .hopeless: "echo cannot be removed: speaking takes turns; headphones would help"
        }
    }
}
