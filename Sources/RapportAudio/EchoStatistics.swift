/// What the echo canceller knows about its own work.
public struct EchoStatistics: Sendable, Hashable {
    /// From a sample's playing to its echo in the microphone; nil while unknown.
    public var delay: Duration?
    /// Echo return loss enhancement of the linear filter, dB: microphone over error, while the far end plays.
    public var linearERLE: Float
    /// The same with all suppression: microphone over output.
    public var totalERLE: Float
    /// Parts per million by which the loudspeaker's clock is faster than the microphone's.
    public var drift: Float
    public var state: EchoState
    /// Whether the half-duplex guard holds the microphone down now.
    public var isGuardActive: Bool
    /// How often the echo path was found, or found changed.
    public var pathChanges: Int

    public var isConverged: Bool { state == .converged }

    /// One sentence for a person.
    public var summary: String {
        isGuardActive ? "\(state); your microphone is lowered while the other side speaks" : "\(state)"
    }
}
