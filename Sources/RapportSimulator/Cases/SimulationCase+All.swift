extension SimulationCase {
    /// Every case, in the order of the table.
    public static var all: [SimulationCase] {
        (targets + rfc8867 + wireless + own).map { one in
            var one = one
            one.isShort = short.contains(one.name)
            return one
        }
    }

    /// What changes of an estimator break first.
    private static let short: Set<String> = [
        "start", "rise", "fall", "steady-500", "steady-1000", "loss-10", "reordering", "cubic-300", "5.1", "5.4",
        "blackout",
    ]
}
