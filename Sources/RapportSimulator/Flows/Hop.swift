/// A place that a packet passes on its way.
public enum Hop: Sendable, Equatable {
    /// The link with this index.
    case link(Int)
    /// A lane of the shared air with this index.
    case air(Int, lane: Int)
}
