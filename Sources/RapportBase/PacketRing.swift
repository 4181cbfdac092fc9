/// The newest packets of a stream, each in a slot of a block that is allocated once.
///
/// A slot is found by a 64-bit unwrapped sequence number modulo the number of slots, so inserting, finding and
/// forgetting take constant time and never allocate. A newer packet takes the slot of the one `slots` before it.
public struct PacketRing: ~Copyable {
    public let slots: Int
    public let slotBytes: Int
    private let storage: UnsafeMutableRawBufferPointer
    private var numbers: [Int64]
    private var lengths: [Int32]

    /// - Parameters:
    ///   - slots: packets held at most; a power of two.
    ///   - slotBytes: the largest packet taken.
    public init(slots: Int, slotBytes: Int) {
        precondition(slots > 0 && slots & (slots - 1) == 0, "slots must be a power of two")
        self.slots = slots
        self.slotBytes = slotBytes
        storage = .allocate(byteCount: slots * slotBytes, alignment: 16)
        numbers = Array(repeating: -1, count: slots)
        lengths = Array(repeating: 0, count: slots)
    }

    deinit { storage.deallocate() }

    private func slot(_ number: Int64) -> Int { Int(number & Int64(slots - 1)) }

    public func contains(_ number: Int64) -> Bool { number >= 0 && numbers[slot(number)] == number }

    /// Copies a packet in. False, and nothing changed, when it is larger than a slot or older than what its slot holds.
    public mutating func insert(_ number: Int64, _ bytes: Span<UInt8>) -> Bool {
        let index = slot(number)
        guard number >= 0, bytes.count <= slotBytes, numbers[index] < number else { return false }
        let target = UnsafeMutableRawBufferPointer(rebasing: storage[index * slotBytes..<(index + 1) * slotBytes])
        bytes.withUnsafeBufferPointer { target.copyMemory(from: UnsafeRawBufferPointer($0)) }
        numbers[index] = number
        lengths[index] = Int32(bytes.count)
        return true
    }

    /// Calls `body` with the packet's bytes; nil when it is not held.
    public func withPacket<Result, Failure: Error>(
        _ number: Int64, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard contains(number) else { return nil }
        let index = slot(number)
        let bytes = UnsafeRawBufferPointer(
            rebasing: storage[index * slotBytes..<index * slotBytes + Int(lengths[index])])
        return try body(bytes.assumingMemoryBound(to: UInt8.self).span)
    }

    public mutating func remove(_ number: Int64) {
        if contains(number) { numbers[slot(number)] = -1 }
    }

    public mutating func removeAll() {
        for index in numbers.indices { numbers[index] = -1 }
    }
}
