extension SimulationCase {
    /// Every case, in the order of the table.
    public static var all: [SimulationCase] { targets + rfc8867 + wireless + own }
}
