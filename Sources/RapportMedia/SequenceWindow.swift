/// Which of the newest 1024 numbers of a sequence were seen: one bit each.
struct SequenceWindow: Sendable {
    private static var size: Int64 { 1024 }
    private var bits = [UInt64](repeating: 0, count: 16)
    private var newest: Int64?

    /// True when the number was not seen before; a number from before the window counts as seen.
    mutating func insert(_ number: Int64) -> Bool {
        guard number >= 0 else { return false }
        if let newest {
            guard number > newest - Self.size else { return false }
            clear(after: newest, upTo: number)
        }
        newest = max(newest ?? number, number)
        let (word, mask) = Self.position(number)
        defer { bits[word] |= mask }
        return bits[word] & mask == 0
    }

    private mutating func clear(after newest: Int64, upTo number: Int64) {
        guard number > newest else { return }
        guard number - newest < Self.size else { return bits = [UInt64](repeating: 0, count: 16) }
        for passed in (newest + 1)...number {
            let (word, mask) = Self.position(passed)
            bits[word] &= ~mask
        }
    }

    private static func position(_ number: Int64) -> (word: Int, mask: UInt64) {
        (Int(number >> 6 & 15), 1 << UInt64(number & 63))
    }
}
