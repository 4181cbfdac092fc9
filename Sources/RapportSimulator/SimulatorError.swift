/// What makes a description of a network unusable.
public enum SimulatorError: Error, Sendable, Equatable {
    /// A trace's line, counted from one, is not a whole number of milliseconds.
    case malformedLine(Int)
    /// A trace's line, counted from one, is earlier than the line before it.
    case decreasingTime(line: Int)
    /// A trace without a delivery, or whose last delivery is at zero, so that it has no length.
    case emptyTrace
    /// A trace with more deliveries than are held.
    case traceTooLong(Int)
    /// A rate schedule without steps, or whose first step is not at zero.
    case noInitialRate
    /// The step with this index is not later than the one before it.
    case unorderedStep(Int)
    /// The step with this index has a rate below zero or above 100 Gbit/s.
    case invalidRate(Int)
}
