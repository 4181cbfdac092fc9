public import RapportBase
import RapportRTP

/// Makes the repair packets of a frame while its packets are made, in blocks that FlexFEC's mask can name.
///
/// A frame's repair packets also protect the frames before it, as far as the mask reaches: a receiver that has those
/// loses nothing by it, and one that still lacks packets of them, because a burst took their repair packets, too, gets
/// them back with this frame, which it could not decode without them.
public struct RepairEncoder: Sendable {
    /// A frame's packets in twelve groups: a number that two, three, four and six divide.
    private struct Protected: Sendable {
        static let groups = 12

        var base = SequenceNumber(0)
        /// Zero for one that does not count.
        var count = 0
        var masks = [UInt128](repeating: 0, count: groups)
        var parities = [Parity](repeating: Parity(), count: groups)

        mutating func begin(_ base: SequenceNumber) {
            (self.base, count) = (base, 0)
            for group in 0..<Self.groups {
                masks[group] = 0
                parities[group].removeAll()
            }
        }

        mutating func add(_ packet: Span<UInt8>) {
            let group = count % Self.groups
            if parities[group].add(packet) { masks[group] |= 1 << count }
            count += 1
        }
    }

    private let source: SSRC
    /// Blocks that a repair packet covers at most, its own included.
    private let window: Int
    private var pattern = RepairPattern(repairs: 1)
    private var parities = Array(repeating: Parity(), count: RepairPattern.maximumRepairs)
    private var masks = [UInt128](repeating: 0, count: RepairPattern.maximumRepairs)
    private var base = SequenceNumber(0)
    /// From the mask's first packet to the block's.
    private var offset = 0
    /// Those before and the present one, in turn.
    private var blocks: [Protected]
    private var present = 0
    /// Packets of the block so far.
    public private(set) var count = 0

    /// - Parameters:
    ///   - source: whose packets are protected.
    ///   - window: blocks that a repair packet covers at most, its own included; 1...4.
    public init(source: SSRC, window: Int = 1) {
        precondition((1...4).contains(window), "window: 1 to 4")
        self.source = source
        self.window = window
        blocks = Array(repeating: Protected(), count: window)
    }

    /// Repair packets of the block.
    public var repairs: Int { pattern.repairs }

    /// Begins a block.
    /// - Parameters:
    ///   - first: number of its first packet.
    ///   - packets: how many it will have, 1...`RepairPattern.maximumBlock`.
    ///   - repairs: 1...`RepairPattern.maximumRepairs`.
    public mutating func begin(_ first: SequenceNumber, packets: Int, repairs: Int) {
        if repairs != pattern.repairs { pattern = RepairPattern(repairs: repairs) }
        count = 0
        (base, offset) = (first, 0)
        for index in 0..<repairs {
            parities[index].removeAll()
            masks[index] = 0
        }
        present = (present + 1) % window
        var age = 1
        while age < window, cover(age, before: first, packets: packets) { age += 1 }
        blocks[present].begin(first)
    }

    /// Forgets the blocks so far: what comes next has nothing to do with them.
    public mutating func forget() {
        for index in blocks.indices { blocks[index].count = 0 }
        count = 0
    }

    /// The block `age` blocks ago goes into the repair packets; false when the mask does not reach it.
    private mutating func cover(_ age: Int, before first: SequenceNumber, packets: Int) -> Bool {
        let block = (present + window - age) % window
        let distance = first.distance(from: blocks[block].base)
        guard blocks[block].count > 0, distance >= blocks[block].count,
            distance + packets <= RepairPattern.maximumBlock
        else { return false }
        for index in 0..<repairs { masks[index] <<= UInt128(distance - offset) }
        (base, offset) = (blocks[block].base, distance)
        for group in 0..<Protected.groups where blocks[block].masks[group] != 0 {
            // Other groups together than in the block before: what was too much there is divided here.
            let index = (age % 2 == 1 ? group : group / repairs) % repairs
            masks[index] |= blocks[block].masks[group]
            parities[index].add(blocks[block].parities[group])
        }
        return true
    }

    /// Adds the block's next packet as it is before it is stamped; false when the block is full.
    @discardableResult
    public mutating func add(_ packet: Span<UInt8>) -> Bool {
        guard offset + count < RepairPattern.maximumBlock else { return false }
        let chosen = pattern.repairs(of: count)
        for index in 0..<pattern.repairs where chosen >> index & 1 != 0 {
            if parities[index].add(packet) { masks[index] |= 1 << (offset + count) }
        }
        if window > 1 { blocks[present].add(packet) }
        count += 1
        return true
    }

    /// Appends the payload of a repair packet; false when it protects nothing.
    public func appendPayload(_ index: Int, to bytes: inout [UInt8]) -> Bool {
        guard masks[index] != 0 else { return false }
        // The mask begins with a packet that it names.
        let skipped = masks[index].trailingZeroBitCount
        let parity = parities[index]
        FlexFECHeader(
            source: source, base: base + skipped, mask: masks[index] >> UInt128(skipped),
            recovery: parity.recovery
        ).append(to: &bytes)
        bytes.append(parity.bytes.span, 0..<parity.bytes.count)
        return true
    }
}
