/// Which repair packets protect which packet of a block.
///
/// From four repair packets on each packet is in two of them, and no two packets are in the same two while there are
/// pairs enough: any two losses are undone, three in a row, too, and one although one of its repair packets is lost.
/// With three, packets are in one, two or all of them, each in others; with two in the first, the second and both in
/// turn; with one, all are in it.
public struct RepairPattern: Sendable, Equatable {
    /// Repair packets of a block at most.
    public static let maximumRepairs = 16
    /// Packets of a block at most: what the middle form of FlexFEC's mask can name.
    public static let maximumBlock = 46

    public let repairs: Int
    private let columns: [UInt16]

    /// - Parameter repairs: packets that protect the block, 1...`maximumRepairs`.
    public init(repairs: Int) {
        precondition((1...Self.maximumRepairs).contains(repairs), "repairs: 1 to 16")
        self.repairs = repairs
        columns = Self.table[repairs - 1]
    }

    /// Bit j: repair packet j protects the packet at `place` of the block.
    public func repairs(of place: Int) -> UInt16 { columns[place % columns.count] }

    private static let table: [[UInt16]] = (1...maximumRepairs).map(columns)

    private static func columns(_ repairs: Int) -> [UInt16] {
        switch repairs {
        case 1: [0b1]
        case 2: [0b01, 0b10, 0b11]
        // All seven, in an order in which three neighbours can be undone one after the other.
        case 3: [0b011, 0b101, 0b001, 0b110, 0b010, 0b111, 0b100]
        default: pairs(repairs)
        }
    }

    // Each time the pair whose repair packets have not been used for longest, so that neighbours share none or one.
    private static func pairs(_ repairs: Int) -> [UInt16] {
        var unused: [(Int, Int)] = []
        for first in 0..<repairs {
            for second in (first + 1)..<max(repairs, first + 1) { unused.append((first, second)) }
        }
        var used = [Int](repeating: 0, count: repairs)
        var chosen: [UInt16] = []
        while let place = unused.indices.min(by: { age(unused[$0], used) < age(unused[$1], used) }) {
            let (first, second) = unused.remove(at: place)
            chosen.append(1 << first | 1 << second)
            (used[first], used[second]) = (chosen.count, chosen.count)
        }
        return chosen
    }

    private static func age(_ pair: (Int, Int), _ used: [Int]) -> Int {
        max(used[pair.0], used[pair.1]) * 1000 + used[pair.0] + used[pair.1]
    }
}
