/// How many packets were dropped, by reason.
public struct DropCounts: Sendable, Equatable {
    private var counts: [UInt64]

    public init() { counts = Array(repeating: 0, count: DropReason.allCases.count) }

    public subscript(reason: DropReason) -> UInt64 { counts[reason.rawValue] }

    /// All drops together.
    public var total: UInt64 { counts.reduce(0, +) }

    mutating func add(_ reason: DropReason, _ packets: Int = 1) {
        counts[reason.rawValue] &+= UInt64(max(packets, 0))
    }
}
